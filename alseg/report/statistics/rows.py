"""One condition: the runs that differ in nothing but the seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alseg.report.read.conditions import IDLE, Condition
from alseg.report.read.read_runs import Run
from alseg.report.statistics.estimates import Curve, aubc
from alseg.report.statistics.spending import Spent, spent

ASKING = ("strategy", "reduction", "cold_start", *IDLE, "budget", "stopping")
"""Groups that decide which images are asked for, and when; conditions that are equal but for these train alike."""


def measure(curve: Curve, budgets: Sequence[int]) -> float | None:
    """AUBC over the budgets; the value where there is only one; None where the curve lacks any, or there are none."""
    if not budgets:
        return None
    return aubc(curve, budgets) if len(budgets) > 1 else curve.get(budgets[0])


@dataclass(frozen=True)
class Row:
    """One condition: the runs (by seed) that differ in nothing but the seed."""

    label: str
    condition: Condition
    runs: dict[int, Run]

    @cached_property
    def reference(self) -> bool:
        """True where the whole pool is labelled at once (``budget=all``): a line to look at, in no comparison."""
        budgets = [run.config.get("budget") for run in self.runs.values()]
        return all(isinstance(one, Mapping) and "initial" in one and one["initial"] is None for one in budgets)

    def curves(self, metric: str) -> dict[int, Curve]:
        """Seed to curve; where a budget was evaluated twice, the later round counts."""
        return self._curves.get(metric, {})

    @cached_property
    def _curves(self) -> dict[str, dict[int, Curve]]:
        """Metric to seed to curve."""
        found: dict[str, dict[int, Curve]] = {}
        for seed, columns in self._columns.items():
            budgets = [int(b) for b in columns["n_labelled"]]
            for metric, values in columns.items():
                curve = {b: v for b, v in zip(budgets, values) if not math.isnan(v)}
                found.setdefault(metric, {})[seed] = curve
        return found

    @cached_property
    def _columns(self) -> dict[int, dict[str, list[float]]]:
        """Seed to column to values by round: a table gives one column at a time only slowly."""
        tables = {seed: run.metrics for seed, run in self.runs.items()}
        return {s: dict(zip(map(str, t.columns), t.to_numpy(float).T.tolist())) for s, t in tables.items()}

    @cached_property
    def budgets(self) -> tuple[int, ...]:
        """The budgets that more than half of its runs were evaluated at."""
        return of_most([int(b) for b in run.metrics["n_labelled"]] for run in self.runs.values())

    def grid(self, metric: str) -> tuple[int, ...]:
        """The budgets at which more than half of its runs have the metric; one odd run moves none of them."""
        if metric not in self._grids:
            self._grids[metric] = of_most(curve.keys() for curve in self.curves(metric).values())
        return self._grids[metric]

    @cached_property
    def _grids(self) -> dict[str, tuple[int, ...]]:
        return {}

    def measured(self, metric: str, budgets: tuple[int, ...]) -> dict[int, float]:
        """Seed to what is compared: the AUBC over the budgets, or the value where there is one; computed once."""
        key = (metric, budgets)
        if key not in self._measured:
            found = {seed: measure(curve, budgets) for seed, curve in self.curves(metric).items()}
            self._measured[key] = {seed: value for seed, value in found.items() if value is not None}
        return self._measured[key]

    @cached_property
    def _measured(self) -> dict[tuple[str, tuple[int, ...]], dict[int, float]]:
        return {}

    def same_images(self, other: Row, budget: int) -> bool:
        """True if two conditions that train alike hold the same images at a budget, at every seed that both have there.

        So it is at the cold start under a shared seed, and where the whole pool is labelled. Ledgers tell it; where they do not,
        an equal cold start is taken for what it is made to be. The other one is known by its label: both are on one data set.
        """
        key = (other.label, budget)
        if key not in self._alike:
            both = self.runs.keys() & other.runs.keys() if self._training == other._training else ()
            seeds = [s for s in both if None not in (self.round_at(s, budget), other.round_at(s, budget))]
            self._alike[key] = bool(seeds) and all(self._same_at(other, seed, budget) for seed in seeds)
        return self._alike[key]

    def _same_at(self, other: Row, seed: int, budget: int) -> bool:
        mine, theirs = self.labelled(seed, budget), other.labelled(seed, budget)
        if mine and theirs:
            return mine == theirs
        first = self.round_at(seed, budget) == other.round_at(seed, budget) == 0
        return first and self.condition.part("cold_start") == other.condition.part("cold_start")

    @cached_property
    def _alike(self) -> dict[tuple[str, int], bool]:
        return {}

    @cached_property
    def _training(self) -> Condition:
        """The condition without what only decides which images are asked for, and when."""
        return self.condition.without(*ASKING)

    def round_at(self, seed: int, budget: int) -> int | None:
        """The round that a run ended with so many images, of several the last; None where it was never there."""
        return self._rounds[seed].get(budget)

    @cached_property
    def _rounds(self) -> dict[int, dict[int, int]]:
        return {s: {int(b): int(r) for b, r in zip(c["n_labelled"], c["round"])} for s, c in self._columns.items()}

    def labelled(self, seed: int, budget: int) -> frozenset[str]:
        """Ids that a run had annotated when it was evaluated with so many images; empty where its ledger does not tell."""
        if (seed, budget) not in self._labelled:
            round_ = self.round_at(seed, budget)
            known = frozenset[str]() if round_ is None else self.runs[seed].decisions.labelled(round_)
            self._labelled[seed, budget] = known
        return self._labelled[seed, budget]

    @cached_property
    def _labelled(self) -> dict[tuple[int, int], frozenset[str]]:
        return {}

    def mean_at(self, metric: str, budget: int) -> float:
        """Mean over the seeds that have the metric there; NaN where none has."""
        return _mean(curve[budget] for curve in self.curves(metric).values() if budget in curve)

    def by_seconds(self, metric: str) -> dict[int, dict[float, float]]:
        """Seed to metric by the seconds of annotation up to it; without seeds that recorded none."""
        found: dict[int, dict[float, float]] = {}
        for seed, columns in self._columns.items():
            costs, values = columns.get("cost", []), columns.get(metric, [])
            curve = {c: v for c, v in zip(costs, values) if not math.isnan(c) and not math.isnan(v)}
            if any(curve):
                found[seed] = curve
        return found

    @cached_property
    def spent(self) -> dict[int, Spent]:
        """Cost and seconds by budget."""
        return spent(self.runs)

    def mean_of(self, *columns: str) -> float:
        """Mean over rounds, then over runs, of the sum of ``columns``; NaN where none of them was recorded."""
        per_run = []
        for run in self.runs.values():
            here = [run.metrics[c].to_numpy(float) for c in columns if c in run.metrics]
            rounds = [sum(known) for row in zip(*here) if (known := [v for v in row if not math.isnan(v)])]
            per_run.append(float(np.mean(rounds)) if rounds else math.nan)
        return _mean(per_run)

    @property
    def cost(self) -> float:
        """Cost of all annotations of one run, mean over runs."""
        return _mean(run.cost for run in self.runs.values())

    @property
    def images(self) -> float:
        """Number of images, or volumes, annotated at the end of a run, mean over runs."""
        return _mean(float(run.metrics["n_labelled"].iloc[-1]) for run in self.runs.values())


def of_most(grids: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """The budgets that more than half of ``grids`` have, in order."""
    sets = [set(grid) for grid in grids]
    count = Counter(budget for grid in sets for budget in grid)
    return tuple(sorted(budget for budget, n in count.items() if 2 * n > len(sets)))


def _mean(values: Iterable[float]) -> float:
    kept = [v for v in values if np.isfinite(v)]
    return float(np.mean(kept)) if kept else float("nan")
