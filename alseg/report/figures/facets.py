"""Small curves side by side: a facet per stratum, a line per condition, and a level to compare them with."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alseg.report.figures.drawing import RC, line_style, plain
from alseg.report.figures.style import Look, readable_ticks

MOST = 6
"""So many facets can be looked at side by side."""
REFERENCE = "#374151"


@dataclass(frozen=True)
class Facet:
    """One of the pictures.

    Args:
        title: above it.
        curves: condition to budget to value.
        bands: condition to budget to lower and upper side.
        level: of a dashed line across; None without one.
    """

    title: str
    curves: Mapping[str, Mapping[int, float]]
    bands: Mapping[str, Mapping[int, tuple[float, float]]] = field(default_factory=dict)
    level: float | None = None


def facets(found: Sequence[Facet], styles: Mapping[str, Look], x: str, y: str, level: str = "") -> Figure:
    """The first `MOST` facets, all on the same axes; ``level`` is what the dashed line is called in the legend."""
    shown = list(found)[:MOST]
    columns = 2 if len(shown) == 4 else min(len(shown), 3)
    rows = math.ceil(len(shown) / columns)
    labels = [label for label in styles if any(label in one.curves for one in shown)]
    with mpl.rc_context(RC):
        per_line = max(1, int(4.2 * max(columns, 1.5) * 14 // (max([len(label) for label in labels] + [8]) + 7)))
        legend = 0.24 * math.ceil((len(labels) + bool(level)) / per_line)
        figure = Figure(figsize=(4.2 * max(columns, 1.5), 2.9 * rows + 0.2 + legend), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for ax, one in zip(axes.flat, shown):
            for label in (label for label in labels if label in one.curves):
                curve, look = one.curves[label], styles[label]
                sides = [one.bands.get(label, {}).get(budget, (math.nan, math.nan)) for budget in curve]
                low, high = zip(*sides) if sides else ((), ())
                ax.fill_between(list(curve), low, high, color=look.colour, alpha=0.15, linewidth=0)
                ax.plot(list(curve), list(curve.values()), **line_style(look))
            if one.level is not None:
                ax.axhline(one.level, color=REFERENCE, linestyle="--", linewidth=1.2)
            ax.set_title(plain(textwrap.fill(one.title, 40)), fontsize=10, fontweight="bold", loc="left")
        budgets = sorted({budget for one in shown for curve in one.curves.values() for budget in curve})
        axes.flat[0].set_xticks(readable_ticks(budgets, apart=0.12))
        for ax in axes.flat[len(shown) :]:
            ax.set_visible(False)
        for ax in axes.flat[max(len(shown) - columns, 0) : len(shown)]:  # those with nothing below them
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(x)
        for ax in axes[:, 0]:
            ax.set_ylabel(plain(y))
        handles = [Line2D([], [], **line_style(styles[label])) for label in labels]
        if level:
            handles.append(Line2D([], [], color=REFERENCE, linestyle="--", linewidth=1.2))
        texts = [plain(label) for label in labels] + ([level] if level else [])
        figure.legend(handles, texts, loc="outside lower center", ncols=per_line, frameon=False)
    return figure
