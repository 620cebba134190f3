"""Pictures of contact sheets on a page: every sheet travels once, and each picture is a window onto it."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from html import escape

from alseg.pictures.contact_sheet import ContactSheet


class Thumbnails:
    """Those of one page; ask for `style` when all are made."""

    def __init__(self) -> None:
        self._sheets: dict[int, ContactSheet] = {}  # by identity
        self._numbers: dict[int, int] = {}

    def html(self, sheet: ContactSheet | None, place: int, what: str) -> str:
        """The picture at a place of a sheet; empty where it holds none.

        Args:
            sheet: None for no sheet.
            place: from 0, line by line.
            what: said to those who cannot see it.
        """
        if sheet is None or place >= sheet.n:
            return ""
        self._sheets.setdefault(id(sheet), sheet)
        number = self._numbers.setdefault(id(sheet), len(self._numbers))
        style = _position(sheet.columns, sheet.lines, sheet.cell, sheet.size, place)
        return f'<i class="thumb t{number}" role="img" aria-label="{escape(what)}" style="{style}"></i>'

    @property
    def style(self) -> str:
        """CSS that holds the sheets."""
        return "".join(_style(i, sheet) for i, sheet in enumerate(self._sheets.values()))


@cache
def _position(columns: int, lines: int, cell: tuple[int, int], size: tuple[int, int], place: int) -> str:
    line, column = divmod(place, columns)
    # The position of a background is a percentage of what hangs over its box.
    x = 100 * column * cell[0] / max(columns * cell[0] - size[0], 1)
    y = 100 * line * cell[1] / max(lines * cell[1] - size[1], 1)
    return f"background-position:{x:.3f}% {y:.3f}%"


def _style(number: int, sheet: ContactSheet) -> str:
    wide, high = sheet.columns * sheet.cell[0], sheet.lines * sheet.cell[1]
    size = f"{100 * wide / sheet.size[0]:.3f}% {100 * high / sheet.size[1]:.3f}%"
    source = b64encode(sheet.file).decode()
    return (
        f".t{number}{{aspect-ratio:{sheet.size[0]}/{sheet.size[1]};background-size:{size};"
        f"background-image:url(data:image/jpeg;base64,{source})}}\n"
    )
