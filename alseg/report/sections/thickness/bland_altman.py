"""Bland-Altman pictures of the intima-media thickness: does the error depend on how thick the wall is?

Difference against mean, with bias and 95% limits of agreement (Bland and Altman, Lancet 1986).
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alseg.report.figures.drawing import RC, plain
from alseg.report.figures.style import COLOURS
from alseg.report.sections.thickness.pairs import UM, Measured

MOST = 6
"""So many conditions can be looked at side by side; the table holds all of them."""
INK = "#1f2937"


def bland_altman(found: Sequence[Measured]) -> Figure:
    """One panel per condition, for the first ``MOST`` of them, all on the same axes."""
    shown = list(found)[:MOST]
    columns = 2 if len(shown) == 4 else min(len(shown), 3)
    rows = math.ceil(len(shown) / columns)
    seeds = sorted({int(seed) for one in shown for seed in one.pairs["seed"].unique()})
    colours = {
        seed: COLOURS[i % len(COLOURS)] if len(seeds) <= len(COLOURS) else COLOURS[0] for i, seed in enumerate(seeds)
    }
    with mpl.rc_context(RC):
        figure = Figure(
            figsize=(4.2 * columns + (0.8 if columns == 1 else 0.0), 3.5 * rows + 0.3), layout="constrained"
        )
        axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for ax, one in zip(axes.flat, shown):
            _draw(ax, one, colours)
        for ax in axes.flat[len(shown) :]:
            ax.set_visible(False)
        for ax in axes.flat[max(len(shown) - columns, 0) : len(shown)]:  # those with nothing below them
            ax.tick_params(labelbottom=True)
            ax.set_xlabel("mean of prediction and reference (mm)")
        for ax in axes[:, 0]:
            ax.set_ylabel("prediction − reference (µm)")
        if 1 < len(seeds) <= len(COLOURS):
            handles = [Line2D([], [], color=c, marker="o", linestyle="", markersize=5) for c in colours.values()]
            texts = [f"seed {seed}" for seed in seeds]
            figure.legend(handles, texts, loc="outside lower center", ncols=len(seeds), frameon=False)
    return figure


def _draw(ax: Axes, one: Measured, colours: dict[int, str]) -> None:
    a = one.agreement
    for name, dash, shade in (("lower", "--", 0.08), ("upper", "--", 0.08), ("bias", "-", 0.2)):
        value = getattr(a, name)
        if not math.isfinite(value):
            continue
        low, high = a.intervals.get(name, (math.nan, math.nan))
        if math.isfinite(low):
            ax.axhspan(low, high, color=INK, alpha=shade, linewidth=0)
        ax.axhline(value, color=INK, linestyle=dash, linewidth=1.2)
        label = f"{value:+.0f}".replace("-", "−")
        ax.annotate(
            label, (1.0, value), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", fontsize=8, color=INK,
        )  # fmt: skip
    ax.axhline(0.0, color="#9ca3af", linewidth=0.8, linestyle=":")
    points = one.pairs.dropna(subset=["reference", "predicted"])
    # one collection, so that no seed hides the others by being drawn last
    ax.scatter(
        (points["predicted"] + points["reference"]) / 2 / UM, points["predicted"] - points["reference"],
        c=[colours[int(seed)] for seed in points["seed"]], s=14, alpha=0.6, linewidths=0, zorder=3,
    )  # fmt: skip
    ax.set_title(plain(textwrap.fill(one.label, 44)), fontsize=10, fontweight="bold", loc="left", pad=17)
    failed = f"{a.cases - a.measured} of {a.cases} failed"
    under = f"{one.budget} annotated · {failed}"
    ax.annotate(
        under, (0.0, 1.0), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=8, color="#4b5563"
    )
