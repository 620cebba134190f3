"""The picks of a strategy among the points of a pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from alseg.selection.rep_div import RepDiv
from alseg.strategy import Strategy
from docs.build_site.figures.pool import candidates, toy_pool
from docs.build_site.figures.style import INK, PALE, PICK, SCORE, png

N = 10
"""Images asked for."""


def picks(strategy: Strategy, cold: bool) -> bytes:
    """PNG of a query by a strategy.

    Args:
        strategy: asked for ten points.
        cold: nothing is labelled yet.
    """
    pool = toy_pool(0 if cold else 9)
    # Places on a map are never scaled to length 1; what compares directions alone is not for maps.
    shown = replace(candidates(pool, strategy), on_map=not isinstance(strategy.selector, RepDiv))
    chosen = strategy.selector.select(shown, N, np.random.default_rng(1))
    figure = Figure(figsize=(5.4, 3.9), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    at = pool.points[pool.open]
    if shown.scores is None:
        axes.scatter(at[:, 0], at[:, 1], s=16, c=PALE, linewidths=0)
    else:
        dots = axes.scatter(at[:, 0], at[:, 1], s=16, c=shown.scores, cmap=SCORE, linewidths=0)
        figure.colorbar(dots, ax=axes, shrink=0.7, label="score").outline.set_visible(False)
    known = pool.points[pool.labelled]
    axes.scatter(known[:, 0], known[:, 1], marker="x", s=40, c=INK, label="labelled")
    places = pool.points[[int(id_) for id_ in chosen]]
    axes.scatter(places[:, 0], places[:, 1], s=90, facecolors="none", edgecolors=PICK, linewidths=1.8, label="picked")
    for number, (x, y) in enumerate(places, 1):
        axes.annotate(str(number), (x, y), (5, 5), textcoords="offset points", color=PICK, fontsize=8, weight="bold")
    return png(figure)
