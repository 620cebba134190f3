"""What the experiments' figures share: curves over budgets with their intervals over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from alseg.report.figures.style import looks_by_names
from alseg.report.statistics.estimates import estimate

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e5e7eb",
}


def curves(rows: pd.DataFrame, panel: str, line: Sequence[str], metric: str, label: str) -> Figure:
    """A panel per value of ``panel``, a line per value of ``line``: means with 95% t-intervals over seeds.

    Lines stand a little apart, so that their intervals do not hide one another.
    """
    names = rows[list(line)].astype(str).agg(", ".join, axis=1)
    panels, lines = sorted(rows[panel].unique(), key=str.lower), sorted(names.unique(), key=str.lower)
    budgets = sorted(rows["n_labelled"].unique())
    step = 0.3 * min((b - a for a, b in pairwise(budgets)), default=1) / max(len(lines), 2)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6 * len(panels), 3.4 + 0.16 * len(lines)), layout="constrained")
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)
        for ax, name in zip(axes.flat, panels):
            for place, (text, look) in enumerate(looks_by_names({text: (text, text, "") for text in lines}).items()):
                some = rows[(rows[panel] == name) & (names == text)].groupby("n_labelled")[metric]
                found = {budget: made for budget, values in some if (made := estimate(values)) is not None}
                x = [budget + (place - (len(lines) - 1) / 2) * step for budget in found]
                means, halves = [e.mean for e in found.values()], [e.half or 0.0 for e in found.values()]
                style = {"color": look.colour, "marker": look.marker[0], "linestyle": look.dash[0], "label": text}
                ax.errorbar(x, means, yerr=halves, markersize=4, linewidth=1.2, elinewidth=0.7, **style)
            ax.set_title(str(name), loc="left", fontsize=10, fontweight="bold")
            ax.set_xticks(budgets)
            ax.set_xlabel("annotated images")
            ax.set_ylabel(label)
        figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure
