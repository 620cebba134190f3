"""Learning curves for print: one panel per data set, a band for the 95% interval of the mean."""

from __future__ import annotations

import math
import textwrap

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alseg.report.columns import title
from alseg.report.figures.drawing import RC, axis_budgets, axis_range, is_reference, line_style, plain
from alseg.report.figures.style import MANY, Look, looks, readable_ticks
from alseg.report.statistics.panels import Panel, Report


def learning_curves(report: Report) -> Figure | None:
    """The primary metric of every panel; of many conditions, a chart for each learner. None where nothing was tested."""
    charts = [chart for panel in report.tested for chart in _charts(panel)]
    if not charts:
        return None
    n = len(charts)
    several = max(len(_charts(panel)) for panel in report.tested)
    columns = several if 1 < several <= 4 else 2 if n == 4 else min(n, 3)
    rows = math.ceil(n / columns)
    styles = looks(report.rows)
    with mpl.rc_context(RC):
        # one line of legend under the panels for every two entries or so
        per_line = max(1, min(len(styles), int(5.2 * max(columns, 1.25) * 14 // (max(map(len, styles)) + 7))))
        legend = 0.24 * math.ceil(len(styles) / per_line)
        size = (5.2 * columns + (1.0 if n == 1 else 0.0), 3.6 * rows + legend)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, (panel, learner) in zip(axes.flat, charts):
            _draw(ax, panel, learner, styles)
        for ax in axes.flat[n:]:
            ax.set_visible(False)
        handles = [Line2D([], [], **line_style(look)) for look in styles.values()]
        texts = [plain(label) for label in styles]
        figure.legend(handles, texts, loc="outside lower center", ncols=per_line, frameon=False)
    return figure


def _charts(panel: Panel) -> list[tuple[Panel, str]]:
    """Panel and learner of its charts; no learner where one chart holds all."""
    learners = list(dict.fromkeys(row.condition.name("learner") for row in panel.rows))
    return [(panel, one) for one in learners] if len(panel.rows) > MANY and len(learners) > 1 else [(panel, "")]


def _draw(ax: Axes, panel: Panel, learner: str, styles: dict[str, Look]) -> None:
    metric = panel.metrics[0]
    results = panel.results(metric)
    on_axis = axis_budgets(results)
    for result in results:
        if learner and result.row.condition.name("learner") != learner:
            continue
        look = styles[result.row.label]
        budgets = list(result.by_budget)
        estimates = list(result.by_budget.values())
        if is_reference(result, on_axis):
            ax.axhline(estimates[0].mean, color=look.colour, linestyle=look.dash[0], linewidth=1.6)
            continue
        # NaN ends the band where a budget has none
        low, high = zip(*(result.band.get(budget, (math.nan, math.nan)) for budget in budgets))
        ax.fill_between(budgets, low, high, color=look.colour, alpha=0.15, linewidth=0)
        ax.plot(budgets, [e.mean for e in estimates], **line_style(look))
    ax.set_ylim(*axis_range(results, metric))
    ax.set_xticks(readable_ticks(on_axis))
    ax.set_xticks(on_axis, minor=True)
    ax.set_xlabel(f"annotated {panel.units}")
    ax.set_ylabel(plain(title(metric)))
    name = f"{panel.data}, {learner}" if learner else panel.data
    ax.set_title(plain(textwrap.fill(name, 50)), fontsize=10, fontweight="bold", loc="left")
