"""Costs: what annotating, querying and training took, and the metric against them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd
from matplotlib.figure import Figure

from alseg.report.figures.cost_curves import cost_curves
from alseg.report.figures.drawing import image
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.panels import Panel, Report

NOTE = (
    "Points are the budgets of the curves above: the mean metric against the mean cost up to that budget. Annotation is in "
    "the oracle's hours, queries in seconds of wall time on the machine of the runs. Where all images cost the same, the "
    "left side shows the learning curves again."
)


class Cost(Section):
    """A table per data set, and one picture over all."""

    place = 70
    place_on_page = 45
    about: ClassVar = {"costs": "every metric beside seconds of annotation and of queries, and the figure"}

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        caption = (
            "Means over the runs that recorded it. Annotation is in the oracle's seconds. A query is the pass over the pool plus "
            "the selection."
        )
        return [
            Block("Annotation cost and time", cost_grid(panel), caption=caption, folded=False, in_latex=False),
        ]

    def overall(self, report: Report) -> Sequence[Block]:
        figure = _figure(report)
        if figure is None:
            return []
        return [
            Block(
                "Cost curves",
                note=NOTE,
                figure=lambda: figure,
                alt="Metric against cost",
                data=lambda: costs_csv(report),
            )
        ]

    def files(self, report: Report) -> Mapping[str, bytes]:
        found = {"costs.csv": costs_csv(report).encode()}
        figure = _figure(report)
        return found if figure is None else found | {f"costs.{kind}": image(figure, kind) for kind in ("png", "svg")}


SECTION = Cost()


def _figure(report: Report) -> Figure | None:
    """Drawn once for page and files."""
    return report.panels[0].once("cost curves", lambda: cost_curves(report))


def cost_grid(panel: Panel) -> Grid:
    """Cost and seconds of annotating and querying, means over runs."""
    header = (
        "Condition",
        f"Annotated {panel.units}",
        "Annotation cost (s)",
        "Query (s per round)",
        "Training (s per round)",
    )
    rows = []
    for row in panel.rows:
        numbers = (
            f"{row.images:.0f}" if row.images == round(row.images) else f"{row.images:.1f}",
            _plain(row.cost) + _of(sum(math.isfinite(run.cost) for run in row.runs.values()), len(row.runs)),
            _plain(row.mean_of("seconds_scan", "seconds_select")),
            _plain(row.mean_of("seconds_train")),
        )
        rows.append((Cell(row.label), *(Cell(n) for n in numbers)))
    return Grid(header, tuple(rows))


def _of(n: int, runs: int) -> str:
    """Over how many runs the mean is, where that is not all of them."""
    return f" (n={n})" if 0 < n < runs else ""


def _plain(value: float) -> str:
    if math.isnan(value):
        return NOTHING
    return (
        f"{value:,.0f}"
        if abs(value) >= 100 or value == round(value)
        else f"{value:.2g}"
        if value < 1
        else f"{value:.1f}"
    )


def costs_csv(report: Report) -> str:
    """A line per data set, condition and budget; seconds are sums up to that budget, means over seeds."""
    lines = []
    for panel in report.panels:
        means = {metric: {r.row.label: r.by_budget for r in panel.results(metric)} for metric in panel.metrics}
        for row in panel.rows:
            for budget, one in row.spent.items():
                line: dict[str, object] = {"data": panel.data, "condition": row.label, "n_labelled": budget}
                line |= {"n_seeds": one.n, "annotation_seconds": one.annotation, "query_seconds": one.query}
                line |= {"n_annotation": one.n_annotation, "n_query": one.n_query}
                for metric, by_label in means.items():
                    e = by_label[row.label].get(budget)
                    line[metric] = e.mean if e else None
                lines.append(line)
    return pd.DataFrame(lines).to_csv(index=False)
