"""The pairwise penalty matrix (PPM): how often does one condition beat another?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from alseg.report.statistics.comparisons import ALPHA, paired_t
from alseg.report.statistics.estimates import Curve

Curves = Mapping[str, Mapping[int, Curve]]
"""Condition to seed to curve, on one data set."""


@dataclass(frozen=True)
class PenaltyMatrix:
    """Cell (row i, column j): how often i beats j.

    A row of large numbers is a condition that beats others; a column of large numbers is one that is beaten: the
    penalty, lower is better.

    Args:
        labels: K conditions.
        wins: ``(K, K)``; the sum over data sets of the share of their budgets at which i is significantly better than
            j. It lies between 0 and ``compared``; the diagonal is 0.
        compared: ``(K, K)`` on how many data sets the two could be compared: both are there, with at least two common
            seeds at some shared budget.
    """

    labels: tuple[str, ...]
    wins: NDArray[np.float64]
    compared: NDArray[np.int64]

    @property
    def beaten(self) -> NDArray[np.float64]:
        """``(K,)`` mean of each column over the other conditions: how often it is beaten. Lower is better."""
        return np.asarray(self.wins.sum(axis=0) / max(len(self.labels) - 1, 1))

    @property
    def beats(self) -> NDArray[np.float64]:
        """``(K,)`` mean of each row over the other conditions: how often it beats them."""
        return np.asarray(self.wins.sum(axis=1) / max(len(self.labels) - 1, 1))


def penalty_matrix(data: Sequence[tuple[Curves, Sequence[int]]], lower: bool = False) -> PenaltyMatrix:
    """The matrix over data sets.

    Ours, as in the published form (Ash et al., BADGE, ICLR 2020): one two-sided t-test at 5% per pair, budget and data set,
    on differences paired on the seed, without a correction; a win counts 1 / (number of budgets at which the two
    could be compared), so that a data set adds at most 1 to a cell; (row i, column j) is i beating j. Two conditions
    that do not differ win against each other at 2.5% of budgets each. Unlike the published form the seeds need not be
    five, nor the same for all: a pair uses its common seeds, and budgets with fewer than two of them do not count.

    Args:
        data: per data set its curves, and the budgets to look at.
        lower: True where a lower metric is better.
    """
    labels = tuple(dict.fromkeys(label for curves, _ in data for label in curves))
    place = {label: i for i, label in enumerate(labels)}
    wins = np.zeros((len(labels), len(labels)))
    compared = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for curves, budgets in data:
        if not budgets:
            continue
        here = [place[label] for label in curves]
        ours, tested = _wins(curves, budgets, -1.0 if lower else 1.0)
        wins[np.ix_(here, here)] += ours
        compared[np.ix_(here, here)] += tested
    return PenaltyMatrix(labels, wins, compared)


def _wins(curves: Curves, budgets: Sequence[int], sign: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """``(K, K)`` share of ``budgets`` at which the row beats the column, and whether they could be compared."""
    seeds = sorted({seed for by_seed in curves.values() for seed in by_seed})
    values = np.full((len(curves), len(seeds), len(budgets)), np.nan)
    for i, by_seed in enumerate(curves.values()):
        for j, seed in enumerate(seeds):
            curve = by_seed.get(seed, {})
            values[i, j] = [sign * curve.get(b, np.nan) for b in budgets]
    whole = np.isfinite(values)
    wins = np.zeros((len(curves), len(curves)))
    count = np.zeros((len(curves), len(curves)), dtype=np.int64)
    alike: dict[bytes, list[tuple[int, int]]] = {}  # pairs with values at the same places are tested in one call
    for i, j in combinations(range(len(curves)), 2):
        alike.setdefault((whole[i] & whole[j]).tobytes(), []).append((i, j))
    for key, pairs in alike.items():
        mask = np.frombuffer(key, dtype=bool).reshape(len(seeds), len(budgets))
        first, second = np.array(pairs).T
        # budgets that the same seeds measured go together; most often that is all of them
        for pattern in np.unique(mask, axis=1).T:
            if pattern.sum() < 2:
                continue
            columns = np.flatnonzero((mask == pattern[:, None]).all(axis=0))
            some = values[:, pattern][:, :, columns]
            difference = np.moveaxis(some[first] - some[second], 1, 0)  # (seeds, pairs, budgets)
            better = np.sign(difference.mean(axis=0)) * (paired_t(difference) < ALPHA)
            wins[first, second] += (better > 0).sum(axis=1)
            wins[second, first] += (better < 0).sum(axis=1)
            count[first, second] += len(columns)
            count[second, first] += len(columns)
    return wins / np.maximum(count, 1), count > 0
