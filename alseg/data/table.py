"""Read a table as text: commas, semicolons or tabs, with whatever a spreadsheet program adds."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple, NoReturn

from alseg.errors import DataError

DELIMITERS = (",", ";", "\t", "|")
"""Delimiters in the order in which they are tried."""
EXCEL = "in Excel: Save As, CSV UTF-8"
UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""First bytes of files that spreadsheet programs save as `Unicode text`."""


class Table(NamedTuple):
    """Cells as text, without the blanks around them and in Unicode's composed form (NFC), as it looks.

    Args:
        path: the file.
        lines: line number of every row in the file.
        columns: name to its cells.
        delimiter: separates the cells.
    """

    path: Path
    lines: list[int]
    columns: dict[str, list[str]]
    delimiter: str

    @property
    def decimal_comma(self) -> bool:
        """True if numbers may be written ``0,5``, since commas do not separate the cells."""
        return self.delimiter != ","


def read_table(
    path: Path, known: tuple[str, ...], header: str = "id,image,mask,group or id,image,label,group"
) -> Table:
    """Read a table with a header.

    Rows and columns without anything in them are left out, as spreadsheet programs save those that somebody once touched;
    the line ``sep=;`` of Excel is understood.

    Args:
        path: the file.
        known: names of columns, by which the delimiter is found.
        header: that would be right, for the message.

    Raises:
        DataError: one line naming file and line, what is wrong and what would be right.
    """
    text = _text(path)
    delimiter, stated = _delimiter(text, known)
    try:
        # skipinitialspace: a blank before a quote would make the quote a part of the cell
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        read = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        _fail(path, f"it cannot be read ({error}); is a quote not closed?")
    if text.count('"') % 2 and any("\n" in cell or "\r" in cell for cell in read[-1][1]):
        line = read[-2][0] + 1 if len(read) > 1 else 1
        _fail(path, f"line {line} opens a quote that is never closed; close it, or write it twice where it is meant")
    rows = [(line, cells) for line, row in read if any(cells := [as_seen(value) for value in row])][stated:]
    if len(rows) < 2:
        _fail(path, "it has no rows; write a header and one row for every image")
    if not any(name.lower() in known for name in rows[0][1]):
        first = delimiter.join(rows[0][1]).rstrip(delimiter)
        _fail(path, f"line {rows[0][0]} must name the columns, as {header}; it is {first!r}")
    return Table(path, [line for line, _ in rows[1:]], _columns(path, rows, delimiter), delimiter)


def composed(text: str) -> str:
    """Compose a text to Unicode's NFC, an ``ä`` of one sign, not of two, as in every `Table`."""
    return unicodedata.normalize("NFC", text)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        _fail(path, f"it cannot be read ({error.strerror}); check its permissions")
    if content.startswith(b"PK\x03\x04"):
        _fail(path, f"it is a workbook and no text; save it as CSV ({EXCEL})")
    # utf-8-sig: spreadsheet programs put a byte order mark before the first column name
    encoding = UTF16.get(content[:2], "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding == "utf-8-sig" else "UTF-16"
        line = len(content[: error.start].splitlines()) or 1
        _fail(path, f"it cannot be read: line {line} is not {name}; save it as CSV in UTF-8 ({EXCEL})")
    if "\0" in text:
        _fail(path, f"it cannot be read: it holds null bytes; save it as CSV in UTF-8 ({EXCEL})")
    return text


def _delimiter(text: str, known: tuple[str, ...]) -> tuple[str, bool]:
    """Find the delimiter by the header's known names or by a line ``sep=;`` before it; and whether there is one."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    if header.lower().startswith("sep=") and len(header.rstrip("\r\n")) == 5:
        return header[4], True
    found = {
        delimiter: sum(cell.strip().lower() in known for cell in next(csv.reader([header], delimiter=delimiter), []))
        for delimiter in DELIMITERS
    }
    return max(found, key=lambda delimiter: found[delimiter]), False


def as_seen(value: str) -> str:
    """Normalise a cell to what one sees: composed signs, line breaks as blanks, no signs without width."""
    if value.isascii() and value.isprintable():
        return value.strip()
    return " ".join(composed(value).translate(_WIDTHLESS).splitlines()).strip()


_WIDTHLESS = dict.fromkeys(map(ord, "\ufeff\u200b\u200e\u200f\u2060"))


def _columns(path: Path, rows: list[tuple[int, list[str]]], delimiter: str) -> dict[str, list[str]]:
    (_, header), *body = rows
    while header and not header[-1]:  # columns that somebody once touched
        header = header[:-1]
    for name, count in Counter(header).items():
        if name and count > 1:
            _fail(path, f"column {name!r} occurs {count} times; column names must be unique")
    parted = "" if delimiter == "," else f" (parted by {delimiter!r})"
    for line, row in body:
        if len(row) != len(header) and (len(row) < len(header) or any(row[len(header) :])):
            filled = max(i for i, cell in enumerate(row, 1) if cell)
            values = len(row) if len(row) < len(header) else filled
            _fail(
                path,
                f"line {line} has {values} values for {len(header)} columns{parted}; quote values with commas, close every "
                "quote, and keep the commas of empty cells",
            )
    for i, name in enumerate(header):
        if not name and (line := next((line for line, row in body if row[i]), 0)):
            _fail(path, f"column {i + 1} has no name and line {line} has a value there; name it in the header")
    return {name: [row[i] for _, row in body] for i, name in enumerate(header) if name}


def _fail(path: Path, problem: str) -> NoReturn:
    raise DataError(f"{path}: {problem}")
