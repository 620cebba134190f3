"""Colours, markers and ticks, shared by the printed and the interactive figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's colour-blind-safe set without black and yellow, which vanish on a dark or a white page."""
MARKERS = (
    ("o", "circle"),
    ("s", "square"),
    ("^", "triangle-up"),
    ("D", "diamond"),
    ("v", "triangle-down"),
    ("P", "cross"),
    ("X", "x"),
)
DASHES = (("-", "solid"), ("--", "dash"), (":", "dot"))


@dataclass(frozen=True)
class Look:
    """How a condition is drawn: pairs are the names in matplotlib and in plotly."""

    colour: str
    marker: tuple[str, str]
    dash: tuple[str, str]

    def fill(self, alpha: float) -> str:
        """The colour as CSS ``rgba``."""
        r, g, b = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({r},{g},{b},{alpha})"


def looks(labels: Iterable[str]) -> dict[str, Look]:
    """One look per distinct label, so that a condition has the same colour in every panel."""
    found: dict[str, Look] = {}
    for label in labels:
        i = len(found)
        dash = DASHES[i // len(COLOURS) % len(DASHES)]
        found.setdefault(label, Look(COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)], dash))
    return found


def readable_ticks(budgets: Sequence[int], apart: float = 0.06) -> list[int]:
    """The budgets whose tick labels fit: neighbours lie at least ``apart`` of the axis from one another."""
    if not budgets:
        return []
    gap = apart * (budgets[-1] - budgets[0])
    kept = [budgets[0]]
    for budget in budgets[1:]:
        if budget - kept[-1] >= gap:
            kept.append(budget)
    if kept[-1] != budgets[-1]:  # the last budget always carries its number
        kept[-1 if len(kept) > 1 else len(kept) :] = [budgets[-1]]
    return kept
