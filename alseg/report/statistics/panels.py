"""From runs to results: one panel per data set, one row per condition, a number per metric and budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from alseg.errors import RunFolderError
from alseg.report.columns import Column, primary
from alseg.report.read.conditions import IDLE, Condition, data_labels, labels, natural, seeds_of_the_run
from alseg.report.read.copies import by_seed
from alseg.report.read.damaged import Unread
from alseg.report.read.data_sets import data_notes, data_sets, known_files
from alseg.report.read.defaults import with_defaults
from alseg.report.read.directions import with_directions
from alseg.report.read.read_runs import Run
from alseg.report.read.units import units
from alseg.report.statistics.analysis import CONTROL, Analysis
from alseg.report.statistics.bootstrap import bootstrap_interval
from alseg.report.statistics.estimates import (
    Curve,
    Estimate,
    aubc,
    band,
    by_budget,
    estimate,
    paired_difference,
    shared_budgets,
)
from alseg.report.statistics.spending import Spent, spent

T = TypeVar("T")

__all__ = ["CONTROL", "Panel", "Report", "Result", "Row", "build"]


@dataclass(frozen=True)
class Row:
    """One condition: the runs (by seed) that differ in nothing but the seed."""

    label: str
    condition: Condition
    runs: dict[int, Run]

    def curves(self, metric: str) -> dict[int, Curve]:
        """Seed to curve; where a budget was evaluated twice, the later round counts."""
        return self._curves.get(metric, {})

    @cached_property
    def _curves(self) -> dict[str, dict[int, Curve]]:
        """Metric to seed to curve."""
        found: dict[str, dict[int, Curve]] = {}
        for seed, run in self.runs.items():
            budgets = [int(b) for b in run.metrics["n_labelled"]]
            for metric in run.metrics.columns:
                values = run.metrics[metric].tolist()
                curve = {b: v for b, v in zip(budgets, values) if not math.isnan(v)}
                found.setdefault(str(metric), {})[seed] = curve
        return found

    @cached_property
    def budgets(self) -> tuple[int, ...]:
        """The budgets that all its runs have in common."""
        return shared_budgets([[int(b) for b in run.metrics["n_labelled"]] for run in self.runs.values()])

    @cached_property
    def spent(self) -> dict[int, Spent]:
        """What it took by budget."""
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
        """What all annotations of one run cost, mean over runs."""
        return _mean([run.cost for run in self.runs.values()])

    @property
    def images(self) -> float:
        """How many images, or volumes, are annotated at the end of a run, mean over runs."""
        return _mean([float(run.metrics["n_labelled"].iloc[-1]) for run in self.runs.values()])


@dataclass(frozen=True)
class Result:
    """One condition under one metric.

    Args:
        row: the condition.
        by_budget: mean and interval at every measured budget.
        band: what is drawn around the mean at every budget with more than one seed: the interval, or the range of the
            seeds where there are only two, whose t-interval (12.7 standard errors) would hide everything.
        aubc: area under the budget curve; None where fewer than two budgets are shared.
        resampled: percentile-bootstrap interval of the mean at every budget with more than one seed.
        aubc_resampled: likewise, of the AUBC.
        gain: AUBC minus that of the control at the same seeds, positive is larger; None without a control.
    """

    row: Row
    by_budget: dict[int, Estimate]
    band: dict[int, tuple[float, float]]
    aubc: Estimate | None
    gain: Estimate | None
    resampled: dict[int, tuple[float, float]]
    aubc_resampled: tuple[float, float] | None


@dataclass(frozen=True)
class Panel:
    """All finished runs on one data set."""

    data: str
    rows: tuple[Row, ...]

    @property
    def units(self) -> str:
        """What is annotated and counted: images or volumes; they are never in one panel, for they differ in their data."""
        return units(next(iter(self.rows[0].runs.values())).config)

    @cached_property
    def metrics(self) -> tuple[Column, ...]:
        """The ``test/`` columns that hold a number, the primary one first."""
        runs = [run for row in self.rows for run in row.runs.values()]
        described = {name: metric for run in reversed(runs) for name, metric in run.decisions.described.items()}
        tables = [run.metrics for run in runs]
        seen = dict.fromkeys(str(c) for t in tables for c in t.columns[~np.isnan(t.to_numpy(float)).all(axis=0)])
        tested = [c for c in seen if c.startswith("test/")]
        return tuple(Column(c, described) for c in sorted(tested, key=lambda c: c != primary(tested)))

    @cached_property
    def budgets(self) -> tuple[int, ...]:
        """Every number of annotated images at which some run was evaluated."""
        return tuple(sorted({b for grid in self._grids for b in grid}))

    @cached_property
    def shared(self) -> tuple[int, ...]:
        """The budgets that all runs have in common: the grid of the AUBC."""
        return shared_budgets(self._grids)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What ``make`` gives, made when it is first asked for; ``key`` says what it is."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _grids(self) -> list[list[int]]:
        return [[int(b) for b in run.metrics["n_labelled"]] for row in self.rows for run in row.runs.values()]

    @property
    def n_runs(self) -> int:
        """Number of finished runs."""
        return sum(len(row.runs) for row in self.rows)

    def areas(self, metric: str) -> dict[str, dict[int, float]]:
        """Condition to seed to AUBC over the budgets that all runs share; seeds without one are not there."""
        found: dict[str, dict[int, float]] = {}
        for row in self.rows:
            per_seed = {seed: aubc(curve, self.shared) for seed, curve in row.curves(metric).items()}
            found[row.label] = {seed: area for seed, area in per_seed.items() if area is not None}
        return found

    def results(self, metric: str) -> list[Result]:
        """All conditions under ``metric``, in the order of ``rows``; computed once."""
        if metric not in self._results:
            areas = self.areas(metric)
            self._results[metric] = [self._result(row, metric, areas) for row in self.rows]
        return self._results[metric]

    @cached_property
    def _results(self) -> dict[str, list[Result]]:
        return {}

    def _result(self, row: Row, metric: str, areas: dict[str, dict[int, float]]) -> Result:
        control, mine = self._controls[row.label], areas[row.label]
        gain = paired_difference(mine, areas[control.label]) if control else None
        curves = row.curves(metric)
        means = by_budget(curves)
        by_draws = {b: bootstrap_interval(c[b] for c in curves.values() if b in c) for b in means}
        resampled = {b: ends for b, ends in by_draws.items() if ends is not None}
        return Result(
            row, means, band(curves, means), estimate(mine.values()), gain, resampled, bootstrap_interval(mine.values())
        )

    @cached_property
    def _controls(self) -> dict[str, Row | None]:
        return {row.label: self._control(row) for row in self.rows}

    def _control(self, row: Row) -> Row | None:
        """The one row with random selection and otherwise the same settings, so that only the query differs."""
        if row.condition.name("strategy") == CONTROL:
            return None
        matches = [r for r in self.rows if r.condition.name("strategy") == CONTROL and _same_but_query(row, r)]
        return matches[0] if len(matches) == 1 else None


def _same_but_query(row: Row, control: Row) -> bool:
    # A reduction shapes scores, and random has none; it compares no images, so only a cold start has it need an embedding.
    query = ["strategy", "reduction", *(g for g in IDLE if not control.condition.part(g).settings)]
    return row.condition.without(*query) == control.condition.without(*query)


@dataclass(frozen=True)
class Report:
    """What the page, the tables and the figure show.

    Args:
        panels: one per data set.
        left_out: failed and unfinished runs; no number in the report comes from them.
        unread: files and folders that could not be read, and copies of runs that count.
        files: what was written.
        notes: what a reader has to know of how runs were put together.
        command: by which the report was made; empty where that is not known.
    """

    panels: tuple[Panel, ...]
    left_out: tuple[Run, ...] = ()
    unread: tuple[Unread, ...] = ()
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ""

    @cached_property
    def analysis(self) -> Analysis:
        """Comparisons and all else that is computed over the panels."""
        return Analysis(self.panels)


def build(runs: Sequence[Run]) -> Report:
    """Group finished runs by data set and condition.

    Raises:
        RunFolderError: if no run is finished.
    """
    left_out = tuple(run for run in runs if run.status != "finished")
    finished = with_directions(with_defaults([run for run in runs if run.status == "finished"]))
    without = seeds_of_the_run(run.config for run in finished)
    found = data_sets(finished, without)
    data = {run.path: one.shown for one in found for run in one.runs}
    same: dict[Condition, list[Run]] = {}
    for run, known in zip(finished, known_files(finished)):
        same.setdefault(Condition.of(run.config, without, data[run.path], known), []).append(run)
    copies: list[Unread] = []
    grouped = {condition: seeds for condition, runs in same.items() if (seeds := by_seed(runs, copies))}
    if copies and not grouped:
        raise RunFolderError(f"no run counts: {copies[0].line}")
    if copies:  # those that do not count tell nothing apart
        report = build([*left_out, *(run for seeds in grouped.values() for run in seeds.values())])
        return replace(report, unread=(*copies, *report.unread))
    if not grouped:
        named = ", ".join(f"{run.path} ({run.status})" for run in left_out[:5])
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        raise RunFolderError(f"none of {len(left_out)} runs is finished, so there is nothing to report: {named}{more}")
    names = data_labels(grouped.keys())
    panels = []
    for part, name in sorted(names.items(), key=lambda item: natural(item[1])):
        here = {c: seeds for c, seeds in grouped.items() if c.part("data") == part}
        texts = labels(here.keys())
        rows = [Row(texts[c], c, seeds) for c, seeds in here.items()]
        rows.sort(key=lambda r: (r.condition.name("strategy") != CONTROL, natural(r.label)))
        panels.append(Panel(name, tuple(rows)))
    called = [names[Condition.of({}, without, one.shown)] for one in found]
    return Report(tuple(panels), left_out, notes=data_notes(found, called))


def _mean(values: Sequence[float]) -> float:
    kept = [v for v in values if np.isfinite(v)]
    return float(np.mean(kept)) if kept else float("nan")
