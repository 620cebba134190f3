"""Ranks over data sets: the Friedman test, and Nemenyi's critical difference between mean ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alseg.report.statistics.comparisons import ALPHA

LEAST = 3
"""With fewer data sets, or fewer conditions, ranks say nothing that the table does not."""


@dataclass(frozen=True)
class Ranks:
    """Conditions ranked on every data set, 1 the best; equal values share the mean of their ranks.

    Args:
        labels: K conditions, by mean rank, the best first.
        ranks: ``(N, K)`` rank on each data set.
        p: Friedman test that all conditions are equal.
        difference: two mean ranks that lie further apart differ by Nemenyi's test at 5%.
        missing: conditions that are not on every data set, and so take no part.
    """

    labels: tuple[str, ...]
    ranks: NDArray[np.float64]
    p: float
    difference: float
    missing: tuple[str, ...] = ()

    @property
    def means(self) -> NDArray[np.float64]:
        """``(K,)`` mean rank, ascending."""
        return np.asarray(self.ranks.mean(axis=0))

    @property
    def groups(self) -> list[tuple[int, int]]:
        """First and last place of each longest run of conditions that cannot be told apart, of two or more."""
        means = self.means
        found: list[tuple[int, int]] = []
        for first in range(len(means)):
            last = int(np.searchsorted(means, means[first] + self.difference, side="right")) - 1
            if last > first and not any(last <= end for _, end in found):
                found.append((first, last))
        return found


def rank(data: Sequence[Mapping[str, float]], lower: bool = False) -> Ranks | None:
    """Rank conditions on every data set (condition to its mean value).

    Returns:
        None for fewer than three data sets, or fewer than three conditions that are on all of them.

    Source: Demšar, JMLR 7, 2006.
    """
    named = dict.fromkeys(label for values in data for label, value in values.items() if math.isfinite(value))
    whole = [label for label in named if all(math.isfinite(values.get(label, math.nan)) for values in data)]
    if len(data) < LEAST or len(whole) < LEAST:
        return None
    table = np.array([[values[label] for label in whole] for values in data])
    ranks = stats.rankdata(table if lower else -table, axis=1)
    order = np.argsort(ranks.mean(axis=0), kind="stable")
    with np.errstate(invalid="ignore", divide="ignore"):
        p = float(stats.friedmanchisquare(*ranks.T).pvalue)
    missing = tuple(label for label in named if label not in whole)
    difference = critical_difference(len(whole), len(data))
    # all tied everywhere: nothing speaks against equality
    return Ranks(tuple(whole[i] for i in order), ranks[:, order], 1.0 if math.isnan(p) else p, difference, missing)


def critical_difference(conditions: int, data: int, alpha: float = ALPHA) -> float:
    """Nemenyi's: q / √2 · √(K (K + 1) / (6 N)), with q the quantile of the studentised range of K groups."""
    q = float(stats.studentized_range.ppf(1 - alpha, conditions, np.inf))
    return q / math.sqrt(2) * math.sqrt(conditions * (conditions + 1) / (6 * data))
