"""All finished runs on one data set, and what every condition reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from alseg.report.columns import Column, is_fraction
from alseg.report.read.read_runs import Run
from alseg.report.read.units import units
from alseg.report.statistics.bootstrap import bootstrap_interval
from alseg.report.statistics.controls import CONTROL, control_of
from alseg.report.statistics.estimates import NO_BOUNDS, Estimate, band, by_budget, estimate, shared_budgets
from alseg.report.statistics.primary import chosen
from alseg.report.statistics.rows import Row

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """One condition under one metric.

    Args:
        row: the condition.
        by_budget: mean and interval at the budgets that most of its runs have, over those that have them.
        band: what is drawn around the mean at every budget with more than one seed: the interval, or the range of the
            seeds where there are only two, whose t-interval (12.7 standard errors) would hide everything.
        aubc: area under the budget curve over these budgets, of the runs that have all of them; None below two budgets.
        resampled: percentile-bootstrap interval of the mean at every budget with more than one seed.
        aubc_resampled: likewise, of the AUBC.
    """

    row: Row
    by_budget: dict[int, Estimate]
    band: dict[int, tuple[float, float]]
    aubc: Estimate | None
    resampled: dict[int, tuple[float, float]]
    aubc_resampled: tuple[float, float] | None


@dataclass(frozen=True)
class Panel:
    """All finished runs on one data set.

    Args:
        data: what it is called.
        rows: its conditions, the control first.
        control: name of the strategy that all others are compared with.
        asked: name of the metric that is to lead; empty for the one that the runs name.
    """

    data: str
    rows: tuple[Row, ...]
    control: str = CONTROL
    asked: str = ""

    @property
    def units(self) -> str:
        """Unit that is annotated and counted, images or volumes; they are never in one panel, for they differ in their data."""
        return units(next(iter(self.rows[0].runs.values())).config)

    @property
    def compared(self) -> list[Row]:
        """The rows that take part in comparisons: all but references."""
        return [row for row in self.rows if not row.reference]

    @property
    def primary(self) -> Column:
        """The metric that leads; every other one is exploratory. There is none where nothing was tested."""
        return self.metrics[0]

    @cached_property
    def metrics(self) -> tuple[Column, ...]:
        """The ``test/`` columns that hold a number, the primary one first; empty without a test set."""
        runs = self._runs
        described = {name: metric for run in reversed(runs) for name, metric in run.decisions.described.items()}
        first = self._chosen[0]
        return tuple(Column(c, described) for c in sorted(self._tested, key=lambda c: c != first))

    @property
    def doubt(self) -> str:
        """Note on the choice of the primary metric; most often empty."""
        return self._chosen[1]

    @cached_property
    def _chosen(self) -> tuple[str, str]:
        return chosen((run.config for run in self._runs), self._tested, self.asked) if self._tested else ("", "")

    @cached_property
    def _tested(self) -> list[str]:
        tables = [run.metrics for run in self._runs]
        seen = dict.fromkeys(str(c) for t in tables for c in t.columns[~np.isnan(t.to_numpy(float)).all(axis=0)])
        return [c for c in seen if c.startswith("test/")]

    @property
    def _runs(self) -> list[Run]:
        return [run for row in self.rows for run in row.runs.values()]

    @cached_property
    def budgets(self) -> tuple[int, ...]:
        """Every number of annotated images at which most runs of some condition were evaluated."""
        return tuple(sorted({b for row in self.rows for b in row.budgets}))

    @cached_property
    def shared(self) -> tuple[int, ...]:
        """The budgets that all conditions have in common, but for references."""
        return shared_budgets(row.budgets for row in self.compared or self.rows)

    def last_of(self, budgets: Sequence[int]) -> int:
        """The budget at which a condition with these (rising) is shown: the last that all share or, without one, its own last."""
        return self.shared[-1] if self.shared and self.shared[-1] in budgets else budgets[-1]

    @cached_property
    def controls(self) -> dict[str, Row | None]:
        """Label of each condition to its control; see `control_of`."""
        return {row.label: control_of(row, self.rows, self.control) for row in self.rows}

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Result of ``make``, called when it is first asked for; ``key`` names it."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}

    @property
    def n_runs(self) -> int:
        """Number of finished runs."""
        return sum(len(row.runs) for row in self.rows)

    def areas(self, metric: str) -> dict[str, dict[int, float]]:
        """Condition to seed to AUBC over the budgets of its own; seeds that lack one of them are not there."""
        return {
            row.label: row.measured(metric, row.grid(metric)) if len(row.grid(metric)) > 1 else {} for row in self.rows
        }

    def results(self, metric: str) -> list[Result]:
        """All conditions under ``metric``, in the order of ``rows``; computed once."""
        return self.once(f"results of {metric}", lambda: self._make_results(metric))

    def _make_results(self, metric: str) -> list[Result]:
        areas = self.areas(metric)
        return [_result(row, metric, areas[row.label]) for row in self.rows]


def _result(row: Row, metric: str, areas: dict[int, float]) -> Result:
    # Where no budget is that of most runs, every one is shown.
    grid = row.grid(metric) or tuple({b for curve in row.curves(metric).values() for b in curve})
    curves = {seed: {b: v for b, v in curve.items() if b in grid} for seed, curve in row.curves(metric).items()}
    bounds = (0.0, 1.0) if is_fraction(metric) else NO_BOUNDS
    means = by_budget(curves, bounds)
    by_draws = {b: bootstrap_interval(c[b] for c in curves.values() if b in c) for b in means}
    resampled = {b: ends for b, ends in by_draws.items() if ends is not None}
    area = estimate(areas.values(), bounds=bounds)
    return Result(row, means, band(curves, means), area, resampled, bootstrap_interval(areas.values()))
