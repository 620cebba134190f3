"""How many labels does a run need to reach a level of a metric?"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from alseg.report.statistics.estimates import Curve


@dataclass(frozen=True)
class Needed:
    """One condition and one level.

    Args:
        by_seed: labels that each seed needed; infinity where it never reached the level.
    """

    by_seed: Mapping[int, float]

    @property
    def reached(self) -> int:
        """How many seeds reached it."""
        return sum(math.isfinite(n) for n in self.by_seed.values())

    @property
    def median(self) -> float:
        """Over all seeds; those that never reached the level count as needing more than any other.

        A mean over the seeds that reached it would flatter a condition that often fails. Infinity where the median
        seed did not reach it (with an even number of seeds: where either of the middle two did not).
        """
        return statistics.median(self.by_seed.values()) if self.by_seed else math.nan


def labels_needed(curve: Curve, level: float, lower: bool = False) -> float:
    """Labels at which ``curve`` first reaches ``level``: at or above it, with ``lower`` at or below it.

    Between two measured budgets the curve is taken as a straight line, so the answer need not be whole. A curve that
    is there at its first budget needs at most that many; earlier ones were not measured. What happens after the first
    time does not count: a curve may fall below the level again. Infinity where it never reaches it.
    """
    sign = -1.0 if lower else 1.0
    points = [(b, sign * v) for b, v in sorted(curve.items()) if math.isfinite(v)]
    goal = sign * level
    for i, (budget, value) in enumerate(points):
        if value >= goal:
            if i == 0:
                return float(budget)
            before, less = points[i - 1]
            return before + (budget - before) * (goal - less) / (value - less)
    return math.inf


def needed(curves: Mapping[int, Curve], level: float, lower: bool = False) -> Needed:
    """``labels_needed`` of every seed (seed to curve)."""
    return Needed({seed: labels_needed(curve, level, lower) for seed, curve in sorted(curves.items())})
