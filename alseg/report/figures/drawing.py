"""Shared parts of printed figures: settings, lines, ranges of axes, and files."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib as mpl
from matplotlib.figure import Figure

from alseg.report.columns import is_fraction
from alseg.report.figures.style import Look
from alseg.report.statistics.panels import Result

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


def axis_budgets(results: Sequence[Result]) -> list[int]:
    """The budgets that the axis has to hold: those of all but `is_reference`."""
    grids = [list(result.by_budget) for result in results]
    several = [grid for grid in grids if len(grid) > 1]
    last = max((grid[-1] for grid in several), default=0)
    return sorted({b for grid in grids if not several or len(grid) > 1 or grid[-1:] <= [last] for b in grid})


def is_reference(result: Result, budgets: Sequence[int]) -> bool:
    """True for what was trained once, with more images than the axis has: it is drawn as a line across."""
    return bool(budgets) and len(result.by_budget) == 1 and min(result.by_budget) > budgets[-1]


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
    """The figure as ``png`` (150 dpi) or ``svg``; drawn once, however often it is asked for."""
    made = _MADE.setdefault(figure, {})
    if kind not in made:
        with BytesIO() as buffer, mpl.rc_context(RC):
            figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
            made[kind] = buffer.getvalue()
    return made[kind]


_MADE: WeakKeyDictionary[Figure, dict[str, bytes]] = WeakKeyDictionary()
