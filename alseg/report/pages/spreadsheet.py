"""CSV files that a spreadsheet program may open: text from run folders must not become a formula there."""

from __future__ import annotations

import csv
from io import StringIO

from alseg.files import FORMULA, csv_text


def harmless(content: bytes) -> bytes:
    """The same table in which text that begins like a formula has a quote before it, which programs show as text; numbers stay."""
    text = content.decode(errors="surrogateescape")
    if not any(begin in text for begin in FORMULA):
        return content
    rows = list(csv.reader(StringIO(text, newline="")))
    safe = [[csv_text(cell) for cell in row] for row in rows]
    if safe == rows:
        return content
    file = StringIO(newline="")
    end = "\r\n" if "\r\n" in text else "\n"
    csv.writer(file, lineterminator=end).writerows(safe)
    return file.getvalue().encode(errors="surrogateescape")
