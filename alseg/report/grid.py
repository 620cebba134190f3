"""A table as plain cells, before it becomes Markdown, HTML or text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alseg.report.statistics.estimates import Estimate

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


def format_estimate(e: Estimate | None, digits: int, seeds: int, sign: bool = False) -> str:
    """``0.831 ± 0.012``; the number of seeds is added where it is 1 or not all that the condition has.

    An interval that ends at a bound of the metric is not even on both sides: ``0.831 [0.560, 1.000]``.
    """
    if e is None:
        return NOTHING
    text = f"{e.mean:{'+' if sign else ''}.{digits}f}"
    if e.cut:
        text += f" [{e.low:.{digits}f}, {e.high:.{digits}f}]"
    elif e.half is not None:
        text += f" ± {e.half:.{digits}f}"
    return text if e.n == seeds and e.n > 1 else f"{text} (n={e.n})"


def counted(n: int, what: str) -> str:
    """``1 run``, ``3 runs``."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def ranges(numbers: Sequence[int]) -> str:
    """``0–4, 7`` for 0, 1, 2, 3, 4, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}{'–' if len(r) > 2 else ', '}{r[-1]}" for r in runs)
