"""Checks for common faults in a manifest, such as those of spreadsheet programs, before it gives a wrong data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from alseg.data.table import EXCEL
from alseg.errors import DataError

NAME = "manifest.csv"
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
SHORTENED = re.compile(r"\d[.,]\d+E\+\d\d")
"""Number of twelve digits or more as Excel saves it, which makes many ids equal."""
FAILED = re.compile(r"#(N/A|NV|[A-ZÄÖÜ/0]+[!?])")
"""Error value of a formula."""


def manifest_path(root: Path) -> Path:
    """Find the table of the data set at ``root``.

    Raises:
        DataError: if it is not there; the message says what is there instead.
    """
    path = root / NAME
    if root.is_file():
        raise DataError(f"{root}: it is a file; give the folder that holds {NAME}, {root.parent}")
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; give the folder that holds {NAME}")
    if path.is_dir():
        raise DataError(f"{path}: it is a folder; it must be a table with a row for every image")
    if not path.is_file():
        columns = "with the columns id,image,mask,group or id,image,label,group"
        index = f"alseg data index {root} writes one for the images there"
        tables = [other.name for other in sorted(root.iterdir()) if other.suffix.lower() in TABLES and other.is_file()]
        for other in sorted(tables, key=lambda name: not name.lower().startswith("manifest.")):
            raise DataError(
                f"{path}: no such file, but there is {other}; save it as {NAME} {columns} ({EXCEL}), or {index}"
            )
        raise DataError(f"{path}: no such file; a data set needs a table {columns}; {index}")
    return path


def misspelt(columns: Mapping[str, object], known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Find misspelt columns that would pass for metadata: ``Split`` for ``split``, ``spacing y``."""
    plain = {_plain(name): name for name in known}
    for column in columns:
        right = plain.get(_plain(column), column)
        other = {"mask": "label", "label": "mask"}.get(right)  # a data set of masks may well have a column Label
        if right not in columns and other not in columns:
            yield column, right


def check_cells(columns: Mapping[str, Sequence[str]], names: Sequence[str], fail: Callable[[int, str], object]) -> None:
    """Refuse shortened numbers and failed formulas of spreadsheet programs, and a class that is written in two ways.

    Args:
        columns: name to cells.
        names: columns to check, if they exist.
        fail: called with the row and the problem.
    """
    said: dict[str, str] = {}
    for row, value in enumerate(columns.get("label", ())):
        if said.setdefault(plain := " ".join(value.split()).casefold(), value) != value:
            fail(row, f"column 'label' is {value!r} and above {said[plain]!r}; write one class in one way")
    for name in names:
        for row, value in enumerate(columns.get(name, ())):
            if "E+" in value and SHORTENED.fullmatch(value):
                fail(row, f"column {name!r} is {value!r}: Excel shortened a long number; enter it again as text")
            if value.startswith("#") and FAILED.fullmatch(value):
                fail(row, f"column {name!r} is {value!r}, a formula that failed; write its value, or nothing")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
