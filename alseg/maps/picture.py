"""Figure of the map for print: points coloured by cluster, the first picks numbered in their order."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alseg.maps.feature_map import FeatureMap
from alseg.maps.palette import GREY, category_colours
from alseg.report.figures.drawing import RC, plain

NUMBERED = 60
"""Most picks drawn with numbers; more would be unreadable."""


def picture(map_: FeatureMap) -> Figure:
    """Draw the map, the first query's picks in their order, and those of later ones as small diamonds."""
    with mpl.rc_context(RC):
        wide, high = np.maximum(np.ptp(map_.xy.astype(np.float64), axis=0), 1e-9)
        figure = Figure(figsize=(5.6, 0.6 + 5.4 * float(np.clip(high / wide, 0.4, 1.2))), layout="constrained")
        ax = figure.subplots()
        _points(ax, map_)
        _picks(ax, map_)
        ax.set_aspect("equal", adjustable="datalim")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(plain(map_.name), fontsize=10, fontweight="bold", loc="left")
        if map_.rounds:
            figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _points(ax: Axes, map_: FeatureMap) -> None:
    clusters = np.full(len(map_), -1) if map_.clusters is None else map_.clusters
    numbers = np.unique(clusters[clusters >= 0])
    colours = np.full(len(map_), GREY, dtype=object)
    for number, colour in zip(numbers, category_colours(len(numbers))):
        colours[clusters == number] = colour
    # pixels even in an SVG: 20,000 circles would make it unwieldy
    area = float(np.clip(12_000 / len(map_), 2, 24))
    x, y = map_.xy[:, 0], map_.xy[:, 1]
    ax.scatter(x, y, s=area, c=list(colours), alpha=0.6, linewidths=0, rasterized=True)


def _picks(ax: Axes, map_: FeatureMap) -> None:
    if not map_.rounds:
        return
    row_of = {id_: row for row, id_ in enumerate(map_.ids)}
    first, *later = map_.rounds
    marker: dict[str, Any] = {"facecolors": "white", "edgecolors": "#111827"}
    rows = [row_of[id_] for id_ in first.picks]
    numbered = len(rows) <= NUMBERED
    label = plain(f"{len(rows)} first: {first.strategy}")
    at = map_.xy[rows]
    ax.scatter(at[:, 0], at[:, 1], s=110 if numbered else 22, linewidths=1.1, label=label, zorder=4, **marker)
    for number, (x, y) in enumerate(at.tolist() if numbered else [], start=1):
        ax.annotate(str(number), (x, y), ha="center", va="center_baseline", fontsize=6.5, zorder=5)
    rows = [row_of[id_] for round_ in later for id_ in round_.picks]
    if rows:
        label = plain(f"later: {', '.join(dict.fromkeys(round_.strategy for round_ in later))}")
        at = map_.xy[rows]
        ax.scatter(at[:, 0], at[:, 1], s=16, marker="D", linewidths=0.8, label=label, zorder=3, **marker)
