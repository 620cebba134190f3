"""CSV files that a spreadsheet program may open: text from run folders must not become a formula there."""

from __future__ import annotations

import csv
import re
from io import StringIO

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is computed, and may call programs (CWE-1236)."""
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?(e[+-]?\d+)?|inf|nan)", re.ASCII | re.IGNORECASE)


def harmless(content: bytes) -> bytes:
    """The same table in which text that begins like a formula has a quote before it, which programs show as text; numbers stay."""
    text = content.decode(errors="surrogateescape")
    if not any(begin in text for begin in FORMULA):
        return content
    rows = list(csv.reader(StringIO(text, newline="")))
    if not any(_is_formula(cell) for row in rows for cell in row):
        return content
    file = StringIO(newline="")
    end = "\r\n" if "\r\n" in text else "\n"
    csv.writer(file, lineterminator=end).writerows([f"'{c}" if _is_formula(c) else c for c in row] for row in rows)
    return file.getvalue().encode(errors="surrogateescape")


def _is_formula(cell: str) -> bool:
    return cell.startswith(FORMULA) and NUMBER.fullmatch(cell) is None
