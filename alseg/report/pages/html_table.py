"""A table of a report as HTML; `sort.js` makes its headers sort."""

from __future__ import annotations

from html import escape

from alseg.report.grid import Cell, Grid


def html_table(grid: Grid, caption: str, shown: bool = True) -> str:
    """The table in a box that scrolls.

    Args:
        grid: the table.
        caption: what it is.
        shown: whether the caption can be seen, or is only read out.
    """
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in grid.header)
    lines = [_line(row) for row in grid.rows]
    foot = f"<tfoot>{lines.pop()}</tfoot>" if grid.summary else ""
    above = f'<p class="caption">{escape(caption)}</p>' if shown else ""
    return (
        f'{above}<div class="scroll" tabindex="0"><table aria-label="{escape(caption)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>{foot}</table></div>"
    )


def _line(row: tuple[Cell, ...]) -> str:
    name, *cells = row
    numbers = "".join(f"<td class='{'best' if c.best else 'number'}'>{_text(c)}</td>" for c in cells)
    return f'<tr><th scope="row">{_text(name, breakable=True)}</th>{numbers}</tr>'


def _text(cell: Cell, breakable: bool = False) -> str:
    text = escape(cell.text)
    if breakable:
        text = text.replace("_", "_<wbr>")  # names_like_this may wrap at their underscores
    return f'<a href="{escape(cell.link)}">{text}</a>' if cell.link else text
