"""Labels that a run needs to reach a level of a metric, and the levels that the control reaches."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from alseg.report.columns import is_ranked, lower_is_better
from alseg.report.statistics.panel import Panel
from alseg.report.statistics.rows import Row

Points = Mapping[int, float] | Mapping[float, float]
"""Metric by labels, or by seconds."""


@dataclass(frozen=True)
class Needed:
    """One condition and one level.

    Args:
        by_seed: labels (or seconds) that each seed needed; infinity where it never reached the level.
        at_first: seeds that are there at the first budget that was measured, so that they need so many or fewer.
    """

    by_seed: Mapping[int, float]
    at_first: frozenset[int] = frozenset()

    @property
    def reached(self) -> int:
        """Number of seeds that reached it."""
        return sum(math.isfinite(n) for n in self.by_seed.values())

    @property
    def at_most(self) -> bool:
        """True where the median may be lower than it says: it is that of seeds that are there at their first budget."""
        return any(self.by_seed[seed] >= self.median for seed in self.at_first if math.isfinite(self.median))

    @property
    def median(self) -> float:
        """Over all seeds; those that never reached the level count as needing more than any other.

        A mean over the seeds that reached it would flatter a condition that often fails. Infinity where the median
        seed did not reach it (with an even number of seeds: where either of the middle two did not).
        """
        return statistics.median(self.by_seed.values()) if self.by_seed else math.nan


def labels_needed(curve: Points, level: float, lower: bool = False) -> float:
    """Labels at which ``curve`` first reaches ``level``: at or above it, with ``lower`` at or below it.

    Between two measured budgets the curve is taken as a straight line, so the answer need not be whole. A curve that
    is there at its first budget needs at most that many; earlier ones were not measured. What happens after the first
    time does not count: a curve may fall below the level again. Infinity where it never reaches it.
    """
    sign = -1.0 if lower else 1.0
    points = [(float(b), sign * v) for b, v in sorted(curve.items()) if math.isfinite(v)]
    goal = sign * level
    for i, (budget, value) in enumerate(points):
        if value >= goal:
            if i == 0:
                return budget
            before, less = points[i - 1]
            return before + (budget - before) * (goal - less) / (value - less)
    return math.inf


def needed(curves: Mapping[int, Points], level: float, lower: bool = False) -> Needed:
    """``labels_needed`` of every seed (seed to curve)."""
    found = {seed: labels_needed(curve, level, lower) for seed, curve in sorted(curves.items())}
    return Needed(found, frozenset(s for s, n in found.items() if n == min((b for b in curves[s]), default=math.nan)))


@dataclass(frozen=True)
class Level:
    """Labels and seconds needed to reach a level.

    Args:
        value: of the metric.
        budget: where the control has it, on average.
        control: label of that condition.
        needed: label to labels needed.
        seconds: label to the seconds of annotation that it took; only conditions whose runs recorded them.
    """

    value: float
    budget: int
    control: str
    needed: Mapping[str, Needed]
    seconds: Mapping[str, Needed]


def levels_of_control(panel: Panel, metric: str) -> list[Level]:
    """Levels that the control reaches half-way and at the end of its budgets, and what each condition needs for them.

    Of several controls with the same budgets the best one sets the levels; those with other budgets have levels of their own.
    None without a control, or where the metric ranks nobody.
    """
    if not is_ranked(metric):
        return []
    lower = lower_is_better(metric)
    groups: dict[tuple[int, ...], list[Row]] = {}
    for row in panel.compared:
        if row.condition.name("strategy") == panel.control:
            groups.setdefault(row.grid(metric), []).append(row)
    found = []
    for grid, controls in groups.items():
        later = grid[1:]
        for budget in dict.fromkeys([later[(len(later) - 1) // 2], later[-1]] if later else []):
            means = {row.label: row.mean_at(metric, budget) for row in controls}
            control = (min if lower else max)(means, key=lambda label: means[label])
            found.append(_level(panel, metric, means[control], budget, control))
    return found


def _level(panel: Panel, metric: str, value: float, budget: int, control: str) -> Level:
    lower = lower_is_better(metric)
    labels = {row.label: needed(row.curves(metric), value, lower) for row in panel.compared}
    spent = {row.label: row.by_seconds(metric) for row in panel.compared}
    seconds = {label: needed(curves, value, lower) for label, curves in spent.items() if curves}
    return Level(value, budget, control, labels, seconds)
