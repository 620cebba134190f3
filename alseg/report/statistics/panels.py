"""From runs to results: one panel per data set, one row per condition, a number per metric and budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from alseg.errors import DataError, RunFolderError
from alseg.report.columns import Column
from alseg.report.read.conditions import Condition, data_labels, labels, natural, seeds_of_the_run
from alseg.report.read.copies import by_seed
from alseg.report.read.damaged import Unread
from alseg.report.read.data_sets import data_notes, data_sets, known_files
from alseg.report.read.defaults import with_defaults
from alseg.report.read.directions import with_directions
from alseg.report.read.read_runs import Run
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.controls import CONTROL
from alseg.report.statistics.panel import Panel, Result
from alseg.report.statistics.primary import column_of
from alseg.report.statistics.rows import Row

__all__ = ["CONTROL", "Panel", "Report", "Result", "Row", "build"]


@dataclass(frozen=True)
class Report:
    """Content of a report, for page, tables and figures.

    Args:
        panels: one per data set.
        left_out: failed and unfinished runs; no number in the report comes from them.
        unread: files and folders that could not be read, and copies of runs that count.
        files: what was written.
        notes: what a reader has to know of how runs were put together.
        by: columns of the manifest that were asked for.
        command: by which the report was made; empty where that is not known.
    """

    panels: tuple[Panel, ...]
    left_out: tuple[Run, ...] = ()
    unread: tuple[Unread, ...] = ()
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ""
    by: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The conditions on all data sets."""
        return [row for panel in self.panels for row in panel.rows]

    @property
    def runs(self) -> list[Run]:
        """The runs that are in the numbers."""
        return [run for row in self.rows for run in row.runs.values()]

    @property
    def leading(self) -> tuple[Column, ...]:
        """The primary metrics of the panels, each once."""
        return tuple(dict.fromkeys(panel.primary for panel in self.tested))

    @property
    def tested(self) -> tuple[Panel, ...]:
        """The panels whose runs have a test set: labels for one may be missing."""
        return tuple(panel for panel in self.panels if panel.metrics)

    @cached_property
    def analysis(self) -> Analysis:
        """Comparisons and all else that is computed over the panels."""
        return Analysis(self.panels)


def build(runs: Sequence[Run], control: str = CONTROL, metric: str = "") -> Report:
    """Group finished runs by data set and condition.

    Args:
        runs: all that were found.
        control: name of the strategy that all others are compared with.
        metric: name of the metric that is to lead; empty for the one that the runs name.

    Raises:
        RunFolderError: if no run is finished.
        DataError: if no run has that strategy or metric.
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
        report = build([*left_out, *(run for seeds in grouped.values() for run in seeds.values())], control, metric)
        return replace(report, unread=(*copies, *report.unread))
    if not grouped:
        named = ", ".join(f"{run.path} ({run.status})" for run in left_out[:5])
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        raise RunFolderError(
            f"none of {len(left_out)} runs is finished, so there is nothing to report: {named}{more}; "
            "alseg status RUN tells how far one is and what is to do"
        )
    names = data_labels(grouped.keys())
    panels = []
    for part, name in sorted(names.items(), key=lambda item: natural(item[1])):
        here = {c: seeds for c, seeds in grouped.items() if c.part("data") == part}
        texts = labels(here.keys())
        rows = [Row(texts[c], c, seeds) for c, seeds in here.items()]
        rows.sort(key=lambda r: (r.reference, r.condition.name("strategy") != control, natural(r.label)))
        panels.append(Panel(name, tuple(rows), control, metric))
    _check_asked(panels, control, metric)
    called = [names[Condition.of({}, without, one.shown)] for one in found]
    doubts = [f"{panel.data}: {panel.doubt}" for panel in panels if panel.doubt]
    return Report(tuple(panels), left_out, notes=(*data_notes(found, called), *doubts))


def _check_asked(panels: Sequence[Panel], control: str, metric: str) -> None:
    columns = dict.fromkeys(column for panel in panels for column in panel.metrics)
    if metric and column_of(metric, list(columns)) is None:
        there = ", ".join(column.removeprefix("test/") for column in columns)
        raise DataError(f"--metric {metric}: no run measured it; there is {there}")
    strategies = dict.fromkeys(row.condition.name("strategy") for panel in panels for row in panel.rows)
    if control != CONTROL and control not in strategies:
        raise DataError(f"--control {control}: no run has this strategy; there is {', '.join(strategies)}")
