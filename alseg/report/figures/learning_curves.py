"""Learning curves for print: one panel per data set, a band for the 95% interval of the mean."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alseg.report.columns import is_fraction, title
from alseg.report.figures.style import Look, looks, readable_ticks
from alseg.report.statistics.panels import Panel, Report, Result

RC: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#6b7280",
    "axes.labelcolor": "#1f2937",
    "xtick.color": "#4b5563",
    "ytick.color": "#4b5563",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "grid.linewidth": 0.8,
    "svg.hashsalt": "alseg",  # the same report gives the same file
}


def axis_range(results: Sequence[Result], metric: str) -> tuple[float, float]:
    """Room for all means, and for bands up to the spread of the means: few seeds give intervals of any width."""
    means = [e.mean for r in results for e in r.by_budget.values()]
    sides = [side for r in results for band in r.band.values() for side in band]
    low, high = min(means), max(means)
    room = max(high - low, 0.02 * max(abs(high), abs(low)), 1e-3)
    low = max(low - room, min(means + sides))
    high = min(high + room, max(means + sides))
    pad = 0.06 * max(high - low, room)
    low, high = low - pad, high + pad
    return (max(low, 0.0), min(high, 1.005)) if is_fraction(metric) else (low, high)


def learning_curves(report: Report) -> Figure:
    """The primary metric of every panel."""
    n = len(report.panels)
    columns = 2 if n == 4 else min(n, 3)
    rows = math.ceil(n / columns)
    styles = looks(row.label for panel in report.panels for row in panel.rows)
    with mpl.rc_context(RC):
        # one line of legend under the panels for every two entries or so
        per_line = max(1, min(len(styles), int(5.2 * max(columns, 1.25) * 14 // (max(map(len, styles)) + 7))))
        legend = 0.24 * math.ceil(len(styles) / per_line)
        size = (5.2 * columns + (1.0 if n == 1 else 0.0), 3.6 * rows + legend)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, panel in zip(axes.flat, report.panels):
            _draw(ax, panel, styles)
        for ax in axes.flat[n:]:
            ax.set_visible(False)
        handles = [Line2D([], [], **line_style(look)) for look in styles.values()]
        texts = [plain(label) for label in styles]
        figure.legend(handles, texts, loc="outside lower center", ncols=per_line, frameon=False)
    return figure


def _draw(ax: Axes, panel: Panel, styles: dict[str, Look]) -> None:
    metric = panel.metrics[0]
    results = panel.results(metric)
    for result in results:
        look = styles[result.row.label]
        budgets = list(result.by_budget)
        estimates = list(result.by_budget.values())
        # NaN ends the band where a budget has none
        low, high = zip(*(result.band.get(budget, (math.nan, math.nan)) for budget in budgets))
        ax.fill_between(budgets, low, high, color=look.colour, alpha=0.15, linewidth=0)
        ax.plot(budgets, [e.mean for e in estimates], **line_style(look))
    ax.set_ylim(*axis_range(results, metric))
    ax.set_xticks(readable_ticks(panel.budgets))
    ax.set_xticks(panel.budgets, minor=True)
    ax.set_xlabel(f"annotated {panel.units}")
    ax.set_ylabel(plain(title(metric)))
    ax.set_title(plain(textwrap.fill(panel.data, 50)), fontsize=10, fontweight="bold", loc="left")


def line_style(look: Look) -> dict[str, Any]:
    """Arguments of a line of matplotlib."""
    return {
        "color": look.colour,
        "marker": look.marker[0],
        "linestyle": look.dash[0],
        "linewidth": 1.6,
        "markersize": 5,
        "markeredgecolor": "white",
        "markeredgewidth": 0.6,
    }


def plain(text: str) -> str:
    """Text that matplotlib neither typesets as a formula nor hides from a legend."""
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def image(figure: Figure, kind: str) -> bytes:
    """The figure as ``png`` (150 dpi) or ``svg``."""
    with BytesIO() as buffer, mpl.rc_context(RC):
        figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
        return buffer.getvalue()
