"""Mean, 95% t-interval and area under the budget curve. Everything is keyed by seed and budget, never by row order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import integrate, stats

Curve = Mapping[int, float]
"""Metric of one run by number of annotated images."""
Bounds = tuple[float, float]
NO_BOUNDS: Bounds = (-math.inf, math.inf)


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds.

    Args:
        mean: arithmetic mean.
        half: half the width of the two-sided t-interval of the mean, of 95% unless asked for otherwise; None for a single seed.
        n: number of seeds.
        bounds: between which the mean lies in any case. The interval ends there: what is cut off could not have held the mean,
            so that it covers it as often as before.
    """

    mean: float
    half: float | None
    n: int
    bounds: Bounds = NO_BOUNDS

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""
        return None if self.half is None else max(self.mean - self.half, self.bounds[0])

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""
        return None if self.half is None else min(self.mean + self.half, self.bounds[1])

    @property
    def cut(self) -> bool:
        """True where the interval ends at a bound."""
        return (
            self.half is not None
            and not self.bounds[0] <= self.mean - self.half <= self.mean + self.half <= self.bounds[1]
        )


def band(curves: Mapping[int, Curve], means: Mapping[int, Estimate]) -> dict[int, tuple[float, float]]:
    """Budget to lower and upper side: the interval of the mean from three seeds on, the range of two seeds."""
    sides = {}
    for budget, mean in means.items():
        if mean.n > 2 and mean.low is not None and mean.high is not None:
            sides[budget] = (mean.low, mean.high)
        elif mean.n == 2:
            values = [curve[budget] for curve in curves.values() if budget in curve]
            sides[budget] = (min(values), max(values))
    return sides


def estimate(values: Iterable[float], level: float = 0.95, bounds: Bounds = NO_BOUNDS) -> Estimate | None:
    """Mean and interval of the finite ones among ``values``, one per seed; None if there is none."""
    kept = np.array([v for v in values if math.isfinite(v)], dtype=float)
    n = len(kept)
    if n == 0:
        return None
    half = None
    if n > 1:
        half = float(_quantile(n - 1, level) * kept.std(ddof=1) / math.sqrt(n))
    return Estimate(float(kept.mean()), half, n, bounds)


def by_budget(curves: Mapping[int, Curve], bounds: Bounds = NO_BOUNDS) -> dict[int, Estimate]:
    """An estimate at every budget that at least one seed of ``curves`` (seed to curve) has measured."""
    budgets = sorted({b for curve in curves.values() for b in curve})
    found = {b: estimate((curve[b] for curve in curves.values() if b in curve), bounds=bounds) for b in budgets}
    return {b: e for b, e in found.items() if e is not None}


def shared_budgets(grids: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """The budgets that all ``grids`` have in common, in order."""
    sets = [set(grid) for grid in grids]
    return tuple(sorted(set.intersection(*sets))) if sets else ()


def aubc(curve: Curve, budgets: Sequence[int]) -> float | None:
    """Area under the budget curve over ``budgets`` by the trapezoid rule, divided by their width.

    The division keeps it on the scale of the metric: a constant curve has that constant as its AUBC.
    None where there are fewer than two budgets, or the run lacks a value at one of them.
    """
    if len(budgets) < 2 or any(not math.isfinite(curve.get(b, math.nan)) for b in budgets):
        return None
    area = integrate.trapezoid([curve[b] for b in budgets], x=list(budgets))
    return float(area) / (budgets[-1] - budgets[0])


def paired_difference(ours: Mapping[int, float], control: Mapping[int, float]) -> Estimate | None:
    """Mean and interval of ours minus control over the seeds that both have (seed to value)."""
    return estimate(ours[seed] - control[seed] for seed in sorted(ours.keys() & control.keys()))


@lru_cache(maxsize=1024)
def _quantile(degrees: int, level: float) -> float:
    """Of Student's t, two-sided; asked for anew it would take most of the time of a large report."""
    return float(stats.t.ppf((1 + level) / 2, degrees))
