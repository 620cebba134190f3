"""The pairwise penalty matrix (PPM): how often does one condition beat another?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from alseg.report.statistics.comparisons import ALPHA, LEAST, equal_differences, paired_t
from alseg.report.statistics.estimates import Curve

Curves = Mapping[str, Mapping[int, Curve]]
"""Condition to seed to curve, on one data set."""
Budgets = Mapping[tuple[str, str], Sequence[int]]
"""Two conditions, in either order, to the budgets that they are compared at."""


@dataclass(frozen=True)
class PenaltyMatrix:
    """Cell (row i, column j): how often i beats j.

    A row of large numbers is a condition that beats others; a column of large numbers is one that is beaten: the
    penalty, lower is better.

    Args:
        labels: K conditions.
        wins: ``(K, K)``; the sum over data sets of the share of their budgets at which i is significantly better than
            j. It lies between 0 and ``compared``; the diagonal is 0.
        compared: ``(K, K)`` on how many data sets the two could be compared: both are there, with at least three common
            seeds at some budget of theirs.
    """

    labels: tuple[str, ...]
    wins: NDArray[np.float64]
    compared: NDArray[np.int64]

    @property
    def beaten(self) -> NDArray[np.float64]:
        """``(K,)`` how often each is beaten, as a share of what it was compared in, from 0 to 1; NaN where in nothing."""
        return _share(self.wins.sum(axis=0), self.compared.sum(axis=0))

    @property
    def beats(self) -> NDArray[np.float64]:
        """``(K,)`` likewise, how often each beats another."""
        return _share(self.wins.sum(axis=1), self.compared.sum(axis=1))


def penalty_matrix(data: Sequence[tuple[Curves, Budgets]], lower: bool = False) -> PenaltyMatrix:
    """The matrix over data sets.

    Ours, as in the published form (Ash et al., BADGE, ICLR 2020): one two-sided t-test at 5% per pair, budget and data set,
    on differences paired on the seed, without a correction; a win counts 1 / (number of budgets at which the two
    could be compared), so that a data set adds at most 1 to a cell; (row i, column j) is i beating j. Two conditions
    that do not differ win against each other at 2.5% of budgets each. Unlike the published form the seeds need not be
    five, nor the same for all: a pair uses its common seeds, and budgets with fewer than three of them do not count. Where
    the differences do not vary at all, nobody wins.

    Args:
        data: per data set its curves, and the budgets of each pair.
        lower: True where a lower metric is better.
    """
    labels = tuple(dict.fromkeys(label for curves, _ in data for label in curves))
    place = {label: i for i, label in enumerate(labels)}
    wins = np.zeros((len(labels), len(labels)))
    compared = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for curves, budgets in data:
        here = [place[label] for label in curves]
        ours, tested = _wins(curves, budgets, -1.0 if lower else 1.0)
        wins[np.ix_(here, here)] += ours
        compared[np.ix_(here, here)] += tested
    return PenaltyMatrix(labels, wins, compared)


def _wins(curves: Curves, grids: Budgets, sign: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """``(K, K)`` share of their budgets at which the row beats the column, and whether they could be compared."""
    budgets = sorted({budget for grid in grids.values() for budget in grid})
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
    names = list(curves)
    for i, j in combinations(range(len(curves)), 2):
        grid = {*grids.get((names[i], names[j]), grids.get((names[j], names[i]), ()))}
        counts = np.array([budget in grid for budget in budgets], dtype=bool)
        alike.setdefault((whole[i] & whole[j] & counts).tobytes(), []).append((i, j))
    for key, pairs in alike.items():
        mask = np.frombuffer(key, dtype=bool).reshape(len(seeds), len(budgets))
        first, second = np.array(pairs).T
        # budgets that the same seeds measured go together; most often that is all of them
        for pattern in np.unique(mask, axis=1).T:
            if pattern.sum() < LEAST:
                continue
            columns = np.flatnonzero((mask == pattern[:, None]).all(axis=0))
            some = values[:, pattern][:, :, columns]
            ours, theirs = (np.moveaxis(some[side], 1, 0) for side in (first, second))  # (seeds, pairs, budgets)
            with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
                warnings.simplefilter("ignore", RuntimeWarning)  # of equal differences, whose p is not looked at
                significant = (paired_t(ours - theirs) < ALPHA) & ~equal_differences(ours, theirs)
            better = np.sign((ours - theirs).mean(axis=0)) * significant
            wins[first, second] += (better > 0).sum(axis=1)
            wins[second, first] += (better < 0).sum(axis=1)
            count[first, second] += len(columns)
            count[second, first] += len(columns)
    return wins / np.maximum(count, 1), count > 0


def _share(wins: NDArray[np.float64], compared: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.divide(wins, compared, out=np.full(len(wins), np.nan), where=compared > 0))
