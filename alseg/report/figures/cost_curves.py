"""Cost curves for print: the metric against what the labels cost, in annotation and in waiting for queries."""

from __future__ import annotations

import math

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alseg.report.columns import title
from alseg.report.figures.drawing import RC, axis_range, line_style, plain
from alseg.report.figures.style import Look, looks
from alseg.report.statistics.panels import Panel, Report

AXES = {"annotation": "annotation so far (h)", "query": "queries so far, scan and selection (s)"}
UNITS = {"annotation": 3600.0, "query": 1.0}


def cost_curves(report: Report) -> Figure | None:
    """A line of two panels per data set, its primary metric; None where no run recorded a cost, or was tested."""
    shown = [panel for panel in report.tested if _axes(panel)]
    if not shown:
        return None
    styles = looks(report.rows)
    with mpl.rc_context(RC):
        per_line = max(1, min(len(styles), int(120 // (max(map(len, styles)) + 7))))
        legend = 0.24 * math.ceil(len(styles) / per_line)
        figure = Figure(figsize=(9.6, 3.3 * len(shown) + legend), layout="constrained")
        axes = figure.subplots(len(shown), len(AXES), squeeze=False, sharey="row")
        for line, panel in zip(axes, shown):
            for ax, what in zip(line, AXES):
                _draw(ax, panel, what, styles)
            line[0].set_ylabel(plain(title(panel.metrics[0])))
            line[0].set_title(plain(panel.data), fontsize=10, fontweight="bold", loc="left")
        handles = [Line2D([], [], **line_style(look)) for look in styles.values()]
        texts = [plain(label) for label in styles]
        figure.legend(handles, texts, loc="outside lower center", ncols=per_line, frameon=False)
    return figure


def _axes(panel: Panel) -> bool:
    return any(math.isfinite(s.annotation) or math.isfinite(s.query) for row in panel.rows for s in row.spent.values())


def _draw(ax: Axes, panel: Panel, what: str, styles: dict[str, Look]) -> None:
    results = panel.results(panel.metrics[0])
    for result in results:
        spent = result.row.spent
        points = [(getattr(spent[b], what) / UNITS[what], e.mean) for b, e in result.by_budget.items()]
        points = [point for point in points if math.isfinite(point[0])]
        if points:
            x, y = zip(*points)
            ax.plot(x, y, **line_style(styles[result.row.label]))
    ax.set_ylim(*axis_range(results, panel.metrics[0]))
    ax.set_xlabel(AXES[what])
