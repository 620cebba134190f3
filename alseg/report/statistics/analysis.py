"""What is computed over a whole report, each once: comparisons, penalties, ranks, labels needed, overlap, coverage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from alseg.report.columns import is_ranked, lower_is_better
from alseg.report.read.damaged import Unread
from alseg.report.statistics.comparisons import BySeed, Comparison, compare
from alseg.report.statistics.coverage import Annotated, Coverage, coverage, round_of
from alseg.report.statistics.estimates import Curve, aubc, estimate, shared_budgets
from alseg.report.statistics.levels import Needed, needed
from alseg.report.statistics.overlap import by_chance, overlap
from alseg.report.statistics.penalty import PenaltyMatrix, penalty_matrix
from alseg.report.statistics.ranks import Ranks, rank

if TYPE_CHECKING:
    from alseg.report.statistics.panels import Panel, Row

T = TypeVar("T")
CONTROL = "random"
"""Name of the strategy that every other one is compared with."""


@dataclass(frozen=True)
class Between:
    """A comparison of two conditions on a data set.

    Args:
        data: the data set.
        ours: label of the condition whose value comes first in the difference.
        control: label of the other one.
        budgets: at which both were evaluated. The AUBC over them is compared; where there is one, the value at it.
        result: what came out.
    """

    data: str
    ours: str
    control: str
    budgets: tuple[int, ...]
    result: Comparison


@dataclass(frozen=True)
class Level:
    """What it takes to reach a level.

    Args:
        value: of the metric.
        budget: where the control has it, on average.
        control: label of that condition.
        needed: label to labels needed.
    """

    value: float
    budget: int
    control: str
    needed: Mapping[str, Needed]


@dataclass(frozen=True)
class Overlap:
    """How much the labelled sets of conditions have in common.

    Args:
        budget: annotated images.
        matrix: ``(K, K)`` mean Jaccard index, in the order of the panel's rows.
        seeds: ``(K, K)`` over how many common seeds.
        chance: of two random draws that share the cold start, mean over runs; None where the ledgers do not tell or
            the conditions do not share it.
    """

    budget: int
    matrix: NDArray[np.float64]
    seeds: NDArray[np.int64]
    chance: float | None


class Analysis:
    """Statistics of the panels of a report; every answer is computed when it is first asked for.

    Args:
        panels: one per data set.
    """

    def __init__(self, panels: Sequence[Panel]) -> None:
        self.panels = tuple(panels)
        self._known: dict[tuple[str, ...], object] = {}
        self._annotated = Annotated()

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Of all panels, in their order."""
        return tuple(dict.fromkeys(metric for panel in self.panels for metric in panel.metrics))

    def comparisons(self, metric: str) -> list[Between]:
        """Every pair of conditions on every data set; Holm's correction is over all of them."""
        return self._once(("comparisons", metric), lambda: self._compare(metric))

    def penalty(self, metric: str) -> PenaltyMatrix:
        """Over all data sets that have the metric, at the budgets that all runs share (or else, all budgets)."""
        return self._once(("penalty", metric), lambda: self._penalty(metric))

    def ranks(self, metric: str) -> Ranks | None:
        """By the mean over seeds of the AUBC on every data set (of the value, where there is one shared budget)."""
        return self._once(("ranks", metric), lambda: self._rank(metric))

    def levels(self, panel: Panel, metric: str) -> list[Level]:
        """What random selection reaches half-way and at the end of the shared budgets, and who needs how many labels.

        Of several conditions with random selection the best one sets the levels. None without one.
        """
        return self._once(("levels", panel.data, metric), lambda: _levels(panel, metric))

    def overlaps(self, panel: Panel) -> list[Overlap]:
        """At every shared budget; none where the ledgers do not tell ids, or there is one condition."""
        return self._once(("overlaps", panel.data), lambda: _overlaps(panel))

    def coverage(self, panel: Panel) -> dict[str, dict[int, Coverage]]:
        """Condition to seed to what was annotated at the last shared budget."""
        return self._once(("coverage", panel.data), lambda: self._coverage(panel))

    def unread(self) -> tuple[Unread, ...]:
        """Files of annotations that the coverage lacks because they are broken."""
        for panel in self.panels:
            self.coverage(panel)
        return tuple(self._annotated.unread.values())

    def _once(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]  # type: ignore[return-value]

    def _compare(self, metric: str) -> list[Between]:
        named, pairs = [], []
        for panel in self.panels:
            if metric not in panel.metrics:
                continue
            values: dict[tuple[int, ...], dict[str, BySeed]] = {}
            for control, ours in combinations(panel.rows, 2):
                grid = panel.shared or _common(ours, control)
                if not grid:
                    continue
                if grid not in values:
                    values[grid] = _values(panel, metric, grid)
                named.append((panel.data, ours.label, control.label, grid))
                pairs.append((values[grid][ours.label], values[grid][control.label]))
        return [Between(*names, result) for names, result in zip(named, compare(pairs))]

    def _penalty(self, metric: str) -> PenaltyMatrix:
        data = [
            ({row.label: row.curves(metric) for row in panel.rows}, panel.shared or panel.budgets)
            for panel in self.panels
            if metric in panel.metrics and is_ranked(metric)
        ]
        return penalty_matrix(data, lower_is_better(metric))

    def _rank(self, metric: str) -> Ranks | None:
        here = [panel for panel in self.panels if metric in panel.metrics and panel.shared and is_ranked(metric)]
        return rank([_means(_values(panel, metric, panel.shared)) for panel in here], lower_is_better(metric))

    def _coverage(self, panel: Panel) -> dict[str, dict[int, Coverage]]:
        if not panel.shared:
            return {}
        found: dict[str, dict[int, Coverage]] = {}
        for row in panel.rows:
            for seed, run in row.runs.items():
                one = coverage(run, panel.shared[-1], self._annotated)
                if one is not None:
                    found.setdefault(row.label, {})[seed] = one
        return found


def measure(curve: Curve, budgets: Sequence[int]) -> float | None:
    """AUBC over the budgets; the value where there is only one; None where the curve lacks any."""
    return aubc(curve, budgets) if len(budgets) > 1 else curve.get(budgets[0])


def _values(panel: Panel, metric: str, budgets: Sequence[int]) -> dict[str, BySeed]:
    """Condition to seed to what is compared."""
    found: dict[str, BySeed] = {}
    for row in panel.rows:
        values = {seed: measure(curve, budgets) for seed, curve in row.curves(metric).items()}
        found[row.label] = {seed: value for seed, value in values.items() if value is not None}
    return found


def _means(values: Mapping[str, BySeed]) -> dict[str, float]:
    found = {label: estimate(by_seed.values()) for label, by_seed in values.items()}
    return {label: e.mean for label, e in found.items() if e is not None}


def _common(ours: Row, control: Row) -> tuple[int, ...]:
    return shared_budgets([ours.budgets, control.budgets])


def _levels(panel: Panel, metric: str) -> list[Level]:
    if not is_ranked(metric):
        return []
    lower = lower_is_better(metric)
    curves = {row.label: row.curves(metric) for row in panel.rows}
    controls = [row.label for row in panel.rows if row.condition.name("strategy") == CONTROL]
    later = panel.shared[1:]
    found = []
    for budget in dict.fromkeys([later[(len(later) - 1) // 2], later[-1]] if later else []):
        means = _means({c: {s: curve[budget] for s, curve in curves[c].items() if budget in curve} for c in controls})
        if means:
            control = (min if lower else max)(means, key=lambda label: means[label])
            by_label = {label: needed(by_seed, means[control], lower) for label, by_seed in curves.items()}
            found.append(Level(means[control], budget, control, by_label))
    return found


def _overlaps(panel: Panel) -> list[Overlap]:
    if len(panel.rows) < 2:
        return []
    found = []
    for budget in panel.shared:
        sets: list[dict[int, frozenset[str]]] = []
        chances: list[float] = []
        for row in panel.rows:
            sets.append({})
            for seed, run in row.runs.items():
                round_ = round_of(run, budget)
                ids = run.decisions.labelled(round_) if round_ is not None else frozenset()
                if ids:
                    sets[-1][seed] = ids
                    if run.decisions.pool:
                        chances.append(by_chance(run.decisions.pool, len(run.decisions.annotated[0]), len(ids)))
        if any(sets):
            matrix, seeds = overlap(sets)
            chance = float(np.mean(chances)) if chances and _same_start(panel.rows) else None
            found.append(Overlap(budget, matrix, seeds, chance))
    return found


def _same_start(rows: Sequence[Row]) -> bool:
    starts: dict[int, set[frozenset[str]]] = {}
    for row in rows:
        for seed, run in row.runs.items():
            starts.setdefault(seed, set()).add(run.decisions.labelled(0))
    return all(len(found) == 1 for found in starts.values())
