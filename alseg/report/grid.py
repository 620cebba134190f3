"""A table as plain cells, before it becomes Markdown, HTML or text."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = "–"


@dataclass(frozen=True)
class Cell:
    """Text of one cell; ``best`` marks the best mean of its column."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; its first column names the conditions."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
