"""A table as plain cells, before it becomes Markdown, HTML or text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOTHING = "–"


@dataclass(frozen=True)
class Cell:
    """Text of one cell; ``best`` marks the best mean of its column, ``link`` is where it leads to on a page."""

    text: str
    best: bool = False
    link: str = ""


@dataclass(frozen=True)
class Grid:
    """A table; its first column names the conditions. With ``summary``, the last row sums up those above it."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summary: bool = False


def matrix(labels: Sequence[str], cells: Sequence[Sequence[Cell]], corner: str) -> Grid:
    """A table of conditions by conditions; columns go by number, since labels can be long."""
    rows = [(Cell(f"{i}. {label}"), *line) for i, (label, line) in enumerate(zip(labels, cells), start=1)]
    return Grid((corner, *(str(i) for i in range(1, len(labels) + 1))), tuple(rows))
