"""Colours, markers and ticks, shared by the printed and the interactive figure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alseg.report.statistics.panels import Row

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
DASHES = (("-", "solid"), ("--", "dash"), (":", "dot"), ("-.", "dashdot"), ((0, (8, 3)), "longdash"))
MANY = 6
"""With more conditions, of several learners, each learner has a chart of its own to begin with."""


@dataclass(frozen=True)
class Look:
    """Colour, marker and dash of a condition; pairs are the names in matplotlib and in plotly."""

    colour: str
    marker: tuple[str, str]
    dash: tuple[Any, str]

    def fill(self, alpha: float) -> str:
        """The colour as CSS ``rgba``."""
        r, g, b = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({r},{g},{b},{alpha})"


def looks(rows: Iterable[Row]) -> dict[str, Look]:
    """One look per distinct label, the same in every figure and for every data set.

    The colour follows the strategy, dash and marker the learner. Where other settings differ too, the marker follows them
    instead; of one strategy alone, the colour does too. What still looks alike gets the next marker, or the next dash.
    """
    distinct = {row.label: row for row in reversed(list(rows))}
    return looks_by_names({label: _names(distinct[label]) for label in reversed(distinct)})


def looks_by_names(names: Mapping[str, tuple[str, str, str]]) -> dict[str, Look]:
    """The looks of labels with the names of their strategy, learner and other settings."""
    strategies, learners, others = (list(dict.fromkeys(kind)) for kind in zip(*names.values()))
    rest = list(dict.fromkeys((learner, other) for _, learner, other in names.values()))
    found: dict[str, Look] = {}
    taken: set[tuple[int, int, int]] = set()
    for label, (strategy, learner, other) in names.items():
        line = learners.index(learner) if len(learners) > 1 else others.index(other)
        point = others.index(other) if len(others) > 1 else line
        colour = strategies.index(strategy) if len(strategies) > 1 else rest.index((learner, other))
        look = _free(colour % len(COLOURS), line, point, taken)
        taken.add(look)
        found[label] = Look(COLOURS[look[0]], MARKERS[look[2]], DASHES[look[1]])
    return found


def _names(row: Row) -> tuple[str, str, str]:
    """Strategy, learner, and the rest of what the label says."""
    strategy, learner = row.condition.name("strategy"), row.condition.name("learner")
    named = {strategy, learner, f"strategy={strategy}", f"learner={learner}"}
    return strategy, learner, " · ".join(part for part in row.label.split(" · ") if part not in named)


def _free(colour: int, line: int, point: int, taken: Container[tuple[int, int, int]]) -> tuple[int, int, int]:
    """The first dash and marker, from the wanted ones on, that this colour does not have yet."""
    dashes, markers = len(DASHES), len(MARKERS)
    for more in range(dashes * markers):
        look = (colour, (line + more // markers) % dashes, (point + more) % markers)
        if look not in taken:
            return look
    return colour, line % dashes, point % markers


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
