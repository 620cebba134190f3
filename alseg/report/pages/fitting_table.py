"""A table for a terminal of any width, which drops columns rather than digits."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from alseg.report.grid import Grid

FRAME = 3
"""Characters that a column takes besides its text: a line and a space on either side."""
NAME = 16
"""Names of rows fold, down to so many characters, before a column is dropped."""
LEAST = 4
"""And down to so many before a number is cut."""


class FittingTable:
    """Whole columns as far as they fit: the first and the last, then from the left; below it, those that were dropped.

    Args:
        grid: the table.
        title: stands above it.
    """

    def __init__(self, grid: Grid, title: str) -> None:
        self.grid = grid
        self.title = title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        kept, name = fitting(self.grid, options.max_width)
        # every text is a Text, since rich would read [names like this] as markup
        table = Table(title=Text(self.title, style="bold"), title_justify="left")
        for i in kept:
            head = Text(self.grid.header[i])
            if i:
                table.add_column(head, justify="right", no_wrap=True, min_width=_width(self.grid, i))
            else:
                table.add_column(head, overflow="fold", min_width=name, max_width=name)
        for row in self.grid.rows:
            table.add_row(*(Text(row[i].text, style="bold green" if row[i].best else "") for i in kept))
        yield table
        dropped = [head for i, head in enumerate(self.grid.header) if i not in kept]
        if dropped:
            yield Text(f"No room for {', '.join(dropped)}: report.html has all columns.", style="yellow")


def fitting(grid: Grid, room: int) -> tuple[list[int], int]:
    """The columns that fit, and the width of the first one, which holds names and may fold.

    Where nothing fits beside the names, the last column is kept all the same, whole.

    Args:
        grid: the table.
        room: characters of a line.
    """
    widths = [_width(grid, i) for i in range(len(grid.header))]
    name = min(widths[0], NAME)
    left, kept = room - 1 - FRAME - name, [0]
    last = len(widths) - 1
    for i in [last, *range(1, last)] if last else []:
        if widths[i] + FRAME <= left or len(kept) == 1:
            kept.append(i)
            left -= widths[i] + FRAME
        elif i != last:
            break
    return sorted(kept), max(min(widths[0], name + left), min(widths[0], LEAST))


def _width(grid: Grid, column: int) -> int:
    texts: Sequence[str] = [grid.header[column], *(row[column].text for row in grid.rows)]
    return max(cell_len(text) for text in texts)
