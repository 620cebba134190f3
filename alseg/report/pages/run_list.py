"""All runs of a report, finished or not, and the names of their pages."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from alseg.report.columns import Column, decimals, primary, title
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.read.damaged import one_line
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Panel, Report, Row

FOLDER = "runs"
"""Folder of the pages of the runs, beside the report."""


@dataclass(frozen=True)
class Listed:
    """One run of a report.

    Args:
        run: the run.
        name: its folder, below what all folders have in common.
        page: file name of its page.
        panel: of its data set; None for a run that is in no number.
        row: of its condition; likewise.
    """

    run: Run
    name: str
    page: str
    panel: Panel | None = None
    row: Row | None = None

    @property
    def link(self) -> str:
        """From the report to the page."""
        return quote(f"{FOLDER}/{self.page}")

    @property
    def label(self) -> str:
        """Name for people."""
        return f"{self.condition}, seed {self.run.seed}"

    @property
    def condition(self) -> str:
        """Label of its condition; of a run that is in no number, the strategy."""
        return self.row.label if self.row else _strategy(self.run)

    @cached_property
    def values(self) -> dict[int, float]:
        """Round to value of the metric that leads the page."""
        table, metric = columns(self.run), metric_of(self)
        if metric is None or metric not in table:
            return {}
        return dict(zip(map(int, table["round"]), table[metric]))


def listed(report: Report) -> list[Listed]:
    """All runs: the finished ones in the order of the report, then those that were left out."""
    names = _names([run.path for run in (*report.runs, *report.left_out)])
    several, taken = len(report.panels) > 1, set[str]()
    found = []
    for panel in report.panels:
        for row in panel.rows:
            for run in row.runs.values():
                page = _page(f"{panel.data}_{row.label}" if several else row.label, run.seed, taken)
                found.append(Listed(run, names[run.path], page, panel, row))
    left_out = (
        Listed(run, names[run.path], _page(f"{run.status}_{_strategy(run)}", run.seed, taken))
        for run in report.left_out
    )
    return [*found, *left_out]


def columns(run: Run) -> dict[str, list[float]]:
    """The table of the rounds by column; asking pandas for one column after the other takes ten times as long."""
    table = run.metrics
    return dict(zip(map(str, table.columns), table.to_numpy(float).T.tolist()))


def runs_grid(runs: list[Listed], linked: bool) -> Grid:
    """A row per run: where it came to, with the last value of the primary metric of its data set."""
    metrics = dict.fromkeys(metric for one in runs if one.panel for metric in one.panel.metrics[:1])
    several = len({one.panel.data for one in runs if one.panel}) > 1
    first = ("Run", "Data") if several else ("Run",)
    header = (*first, "Seed", "State", "Labels", *map(title, metrics))
    rows = []
    for one in runs:
        table, data = one.run.metrics, one.panel.data if one.panel else NOTHING
        images = f"{table['n_labelled'].iloc[-1]:.0f}" if len(table) else "0"
        values = [_last(one.run, metric) for metric in metrics]
        name = Cell(one.condition, link=one.link if linked else "")
        texts = [*([data] if several else []), str(one.run.seed), one.run.status, images, *values]
        rows.append((name, *(Cell(text) for text in texts)))
    return Grid(header, tuple(rows))


def left_out_lines(report: Report) -> list[str]:
    """One line per run that is not in the numbers."""
    lines = []
    for run in report.left_out:
        rounds = "1 round" if len(run.metrics) == 1 else f"{len(run.metrics)} rounds"
        why = f": {run.reason}" if run.reason else ""
        lines.append(one_line(f"{run.path} (seed {run.seed}), {run.status} after {rounds}{why}"))
    return lines


def metrics_of(one: Listed) -> Sequence[Column]:
    """The metrics of the test on the page of a run."""
    if one.panel:
        return one.panel.metrics
    described = one.run.decisions.described
    return [Column(str(c), described) for c in one.run.metrics.columns if str(c).startswith("test/")]


def metric_of(one: Listed) -> str | None:
    """The metric that leads the page of a run: that of its data set."""
    tested = metrics_of(one)
    if not tested:
        return None
    return tested[0] if one.panel else primary(tested)


def _last(run: Run, metric: str) -> str:
    values = run.metrics[metric].tolist() if metric in run.metrics else []
    return f"{values[-1]:.{decimals(metric)}f}" if values and not math.isnan(values[-1]) else NOTHING


def _names(folders: list[Path]) -> dict[Path, str]:
    absolute = {folder: folder.resolve() for folder in folders}
    above = os.path.commonpath([path.parent for path in absolute.values()])
    return {folder: path.relative_to(above).as_posix() for folder, path in absolute.items()}


def _strategy(run: Run) -> str:
    node = run.config.get("strategy")
    return str(node.get("name", "run") if isinstance(node, Mapping) else node or "run")


def _page(label: str, seed: int, taken: set[str]) -> str:
    """A file name of harmless characters that is not ``taken`` yet, in upper or lower case."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "=-.,") else "_" for c in label.replace(" · ", ","))
    base = page = f"{plain.lstrip('.')[:100]}_seed={seed}"
    number = 1
    while page.lower() in taken:
        number += 1
        page = f"{base}~{number}"
    taken.add(page.lower())
    return f"{page}.html"
