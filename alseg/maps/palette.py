"""Colours and shapes of clusters, classes, groups and values, and colours of rounds and scores."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.colors import to_hex

from alseg.report.figures.style import COLOURS

GREY = "#9aa3ae"
"""Colour of everything without one of its own, visible on a white and on a dark page."""
SHAPES = ("o", "s", "^", "D", "v", "P", "X")
"""Markers of matplotlib; the page draws the same shapes by their places in this list."""


def category_looks(n: int) -> list[tuple[str, int]]:
    """Colour, and place in `SHAPES`, of each of n categories.

    No more colours than people tell apart, in the colour-blind-safe set: shapes tell the next six apart, and so on for 42.
    """
    return [(COLOURS[i % len(COLOURS)], i // len(COLOURS) % len(SHAPES)) for i in range(n)]


def sequential_colours(n: int) -> list[str]:
    """n colours from low to high (viridis without its ends, which vanish on a dark or a white page)."""
    return [to_hex(mpl.colormaps["viridis"](0.08 + 0.84 * i / max(n - 1, 1))) for i in range(n)]
