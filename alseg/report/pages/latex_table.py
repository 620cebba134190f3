"""One table for LaTeX, in parts: budgets that do not fit side by side go below one another, long tables over several pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from alseg.report.grid import Cell, Grid
from alseg.report.pages.latex_text import escape, width

T = TypeVar("T")
TEXT_WIDTH = 345.0
"""Points that a line has in LaTeX's own classes at 10 pt; those of publishers have about as many, or more."""
SEP = 12.0
"""Points between two columns."""
NAMES = 120.0
"""Points that names of rows take at most; longer ones are broken."""
LINES = 42
"""Lines of a page, the caption included."""
HEAD = 4
"""Lines that a heading takes, and the space between two parts."""


def table(grid: Grid, caption: str) -> Iterator[str]:
    """The parts of a table, each a float; all have the number of the first one.

    Args:
        grid: the table.
        caption: plain text.
    """
    name = min(max(width(text) for text in (grid.header[0], *(row[0].text for row in grid.rows))), NAMES)
    first = max(LINES - 3 - len(caption) // 70, 10)
    page: list[str] = []
    left = first
    for columns in _columns(grid, TEXT_WIDTH - name):
        for rows in _rows(grid, name, first - HEAD):
            need = HEAD + sum(_lines(row[0].text, name) for row in rows)
            if page and need > left:
                yield _float(page, caption)
                page, left, caption = [], LINES - 3, ""
            page.append(_tabular(grid, rows, columns, name))
            left -= need
    yield _float(page, caption)


def _float(parts: Sequence[str], caption: str) -> str:
    said = rf"  \caption{{{escape(caption)}}}" if caption else "  \\addtocounter{table}{-1}\n  \\caption{Continued.}"
    body = "\n\n  \\medskip\n".join(parts)
    return f"\\begin{{table}}\n  \\centering\n{said}\n{body}\n\\end{{table}}"


def _columns(grid: Grid, room: float) -> Iterator[list[int]]:
    """Columns side by side, without the first one; at least one in each part."""
    columns = range(1, len(grid.header))
    return _packed(columns, [SEP + min(_width(grid, i), room - SEP) for i in columns], room)


def _rows(grid: Grid, name: float, room: int) -> Iterator[list[tuple[Cell, ...]]]:
    """Rows of so many lines at most."""
    return _packed(grid.rows, [_lines(row[0].text, name) for row in grid.rows], room)


def _packed(things: Sequence[T], needs: Sequence[float], room: float) -> Iterator[list[T]]:
    """The things in parts, in their order, each with as many as there is room for, and at least one."""
    found: list[T] = []
    left = room
    for thing, need in zip(things, needs):
        if found and need > left:
            yield found
            found, left = [], room
        found.append(thing)
        left -= need
    yield found


def _tabular(grid: Grid, rows: Sequence[tuple[Cell, ...]], columns: Sequence[int], name: float) -> str:
    folds = any(_lines(row[0].text, name) > 1 for row in grid.rows)
    first = rf"p{{{name:.0f}pt}}" if folds else "l"
    lines = [_line([escape(grid.header[0]), *(_head(grid, i) for i in columns)]), r"\hline"]
    for row in rows:
        if grid.summary and row is grid.rows[-1]:
            lines.append(r"\hline")
        names = escape(row[0].text)
        if folds:  # where names may be broken
            names = rf"\raggedright {names}".replace(r"\_", r"\_\allowbreak{}")
        lines.append(_line([names, *(_cell(row[i]) for i in columns)]))
    room = TEXT_WIDTH - name - SEP
    kinds = "".join(rf"p{{{room:.0f}pt}}" if _width(grid, i) > room else "r" for i in columns)
    body = "\n".join(f"    {line}" for line in lines)
    return f"  \\begin{{tabular}}{{@{{}}{first}{kinds}@{{}}}}\n{body}\n  \\end{{tabular}}"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell) -> str:
    return rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text)


def _head(grid: Grid, column: int) -> str:
    """The heading, broken into lines that are no wider than the cells below."""
    lines = _broken(grid.header[column], _cells(grid, column))
    if len(lines) == 1:
        return escape(lines[0])
    return r"\begin{tabular}[b]{@{}r@{}}" + r" \\ ".join(map(escape, lines)) + r"\end{tabular}"


def _width(grid: Grid, column: int) -> float:
    """Points of a column, without what separates it from others."""
    cells = _cells(grid, column)
    return max(cells, *(width(line) for line in _broken(grid.header[column], cells)))


def _cells(grid: Grid, column: int) -> float:
    return max((width(row[column].text, row[column].best) for row in grid.rows), default=0.0)


def _broken(text: str, points: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer) <= points:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def _lines(name: str, points: float) -> int:
    """Lines that a name takes: it is broken at spaces and underscores."""
    return 1 if width(name) <= points else len(_broken(name.replace("_", "_ "), points))
