"""Colours of clusters, classes, groups, rounds and scores."""

from __future__ import annotations

import colorsys

import matplotlib as mpl
from matplotlib.colors import to_hex

from alseg.report.figures.style import COLOURS

GREY = "#9aa3ae"
"""Colour of everything without one of its own, visible on a white and on a dark page."""
GOLDEN = 0.61803398875


def category_colours(n: int) -> list[str]:
    """n colours: the colour-blind-safe set as far as it goes, then hues by the golden section, so that neighbours differ."""
    if n <= len(COLOURS):
        return list(COLOURS[:n])
    levels = ((0.52, 0.62), (0.42, 0.78), (0.62, 0.5))
    hues = [(i * GOLDEN % 1.0, *levels[i % 3]) for i in range(n)]
    return [to_hex(colorsys.hls_to_rgb(hue, light, full)) for hue, light, full in hues]


def sequential_colours(n: int) -> list[str]:
    """n colours from low to high (viridis without its ends, which vanish on a dark or a white page)."""
    return [to_hex(mpl.colormaps["viridis"](0.08 + 0.84 * i / max(n - 1, 1))) for i in range(n)]
