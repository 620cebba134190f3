"""Figure of the map for print: points coloured by what the page shows first, with a legend; the first picks numbered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from alseg.maps.colouring import Colouring, colourings
from alseg.maps.feature_map import FeatureMap
from alseg.maps.palette import GREY, SHAPES, category_looks, sequential_colours
from alseg.report.figures.drawing import RC, plain
from alseg.terminal import shortened

NUMBERED = 60
"""Most picks drawn with numbers; more would be unreadable."""
EXPLAINED = 42
"""Most categories in the legend: as many as differ."""
INK = "#111827"
LONGEST = 24
"""Characters of a name in the legend."""


def picture(map_: FeatureMap) -> Figure:
    """Draw the map, the first query's picks in their order, and those of later ones as small diamonds.

    Points are coloured by the first of `colourings`: by the column that was asked for, or else clusters, classes, groups or the
    share of foreground, and the legend says what each colour and shape is.
    """
    colouring = next(iter(colourings(map_).values()), None)
    with mpl.rc_context(RC):
        wide, high = np.maximum(np.ptp(map_.xy.astype(np.float64), axis=0), 1e-9)
        entries = _entries(colouring)
        columns = min(3, max(1, len(entries)))
        room = 0.4 + 0.21 * (-(-len(entries) // columns)) if entries else 0.0
        figure = Figure(figsize=(5.6, 0.8 + 5.4 * float(np.clip(high / wide, 0.4, 1.2)) + room), layout="constrained")
        ax = figure.subplots()
        _points(figure, ax, map_, colouring)
        _picks(ax, map_, _edges(map_, colouring))
        ax.set_aspect("equal", adjustable="datalim")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(plain(map_.name), fontsize=10, fontweight="bold", loc="left")
        if map_.rounds:
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, frameon=False)
        if entries and colouring:
            figure.legend(
                handles=entries,
                loc="outside lower center",
                ncols=columns,
                frameon=False,
                fontsize=8,
                title=plain(colouring.title),
            )
    return figure


def _entries(colouring: Colouring | None) -> Sequence[Line2D]:
    """An entry of the legend for each category, with the number of its images."""
    if colouring is None or colouring.codes is None:
        return []
    counts = np.bincount(colouring.codes[colouring.codes >= 0], minlength=len(colouring.names))
    looks = category_looks(len(colouring.names))
    found = [
        Line2D([], [], linestyle="", marker=SHAPES[shape], color=colour, markersize=5.5, label=_label(name, int(count)))
        for (colour, shape), name, count in list(zip(looks, colouring.names, counts))[:EXPLAINED]
    ]
    if len(colouring.names) > EXPLAINED:
        found.append(Line2D([], [], linestyle="", label=f"and {len(colouring.names) - EXPLAINED} more"))
    if (colouring.codes < 0).any():
        alone = int((colouring.codes < 0).sum())
        found.append(Line2D([], [], linestyle="", marker="o", color=GREY, markersize=5.5, label=f"none ({alone:,})"))
    return found


def _label(name: str, count: int) -> str:
    return plain(f"{shortened(name, LONGEST)} ({count:,})")


def _points(figure: Figure, ax: Axes, map_: FeatureMap, colouring: Colouring | None) -> None:
    area = float(np.clip(12_000 / len(map_), 2, 24))
    x, y = map_.xy[:, 0], map_.xy[:, 1]
    # pixels even in an SVG: 20,000 circles would make it unwieldy
    common: dict[str, Any] = {"alpha": 0.6, "linewidths": 0, "rasterized": True}
    codes = np.full(len(map_), -1) if colouring is None or colouring.codes is None else colouring.codes
    if colouring is not None and colouring.values is not None:
        known = np.isfinite(colouring.values)
        ax.scatter(x[~known], y[~known], s=area, c=GREY, **common)
        scale = ListedColormap(sequential_colours(64))
        points = ax.scatter(x[known], y[known], s=area, c=colouring.values[known], cmap=scale, **common)
        if known.any():
            opaque = ScalarMappable(points.norm, scale)
            figure.colorbar(opaque, ax=ax, location="right", shrink=0.5, label=plain(colouring.title))
        return
    colours, shapes = np.full(len(map_), GREY, dtype=object), np.zeros(len(map_), dtype=np.intp)
    for code, (colour, shape) in enumerate(category_looks(int(codes.max(initial=-1)) + 1)):
        colours[codes == code], shapes[codes == code] = colour, shape
    for shape in np.unique(shapes):
        here = shapes == shape
        ax.scatter(x[here], y[here], s=area, c=list(colours[here]), marker=SHAPES[shape], **common)


def _edges(map_: FeatureMap, colouring: Colouring | None) -> NDArray[np.object_]:
    """``(N,)`` colour of the ring around each image that was picked: that of its category, which the ring's disc hides."""
    edges = np.full(len(map_), INK, dtype=object)
    if colouring is not None and colouring.codes is not None:
        for code, (colour, _) in enumerate(category_looks(len(colouring.names))):
            edges[colouring.codes == code] = colour
    return edges


def _picks(ax: Axes, map_: FeatureMap, edges: NDArray[np.object_]) -> None:
    if not map_.rounds:
        return
    row_of = {id_: row for row, id_ in enumerate(map_.ids)}
    first, *later = map_.rounds
    marker: dict[str, Any] = {"facecolors": "white"}
    ring: dict[str, Any] = {"color": "none", "markerfacecolor": "white", "markeredgecolor": INK}
    rows = [row_of[id_] for id_ in first.picks]
    numbered = len(rows) <= NUMBERED
    at = map_.xy[rows]
    ax.scatter(
        at[:, 0], at[:, 1], s=110 if numbered else 22, linewidths=1.4, zorder=4, edgecolors=list(edges[rows]), **marker
    )
    ax.plot(
        [], [], marker="o", markersize=9 if numbered else 5, label=plain(f"{len(rows)} first: {first.strategy}"), **ring
    )
    for number, (x, y) in enumerate(at.tolist() if numbered else [], start=1):
        ax.annotate(str(number), (x, y), ha="center", va="center_baseline", fontsize=6.5, zorder=5)
    rows = [row_of[id_] for round_ in later for id_ in round_.picks]
    if rows:
        label = plain(f"later: {', '.join(dict.fromkeys(round_.strategy for round_ in later))}")
        at = map_.xy[rows]
        ax.scatter(
            at[:, 0], at[:, 1], s=18, marker="D", linewidths=1.1, zorder=3, edgecolors=list(edges[rows]), **marker
        )
        ax.plot([], [], marker="D", markersize=4, label=label, **ring)
