"""The tables of CheXmask, as published and compressed."""

from __future__ import annotations

import csv
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from alseg.data.public.source import Source
from alseg.errors import DataError

ORGANS = ("Left Lung", "Right Lung", "Heart")
TABLES = (".csv", ".csv.gz")
QUALITY, MAXIMUM = "Dice RCA (Mean)", "Dice RCA (Max)"
WHICH = "OriginalResolution fits radiographs as their database has them, Preprocessed those of 1024x1024 pixels"
"""Choice between two folders with tables of the same images, in the words of errors."""


def tables_of(source: Source) -> list[Path]:
    """All tables of CheXmask.

    Raises:
        DataError: if there is none, or one of the same name twice.
    """
    found: dict[str, Path] = {}
    for path in source.files(lambda path: path.name.lower().endswith(TABLES)):
        if _is_table(path):
            other = found.setdefault(stem(path), path)
            if other != path:
                raise DataError(
                    f"{source.name}: the table {stem(path)} is there twice, {other} and {path}; give only one: {WHICH}"
                )
    if not found:
        raise DataError(
            f"{source.name}: {source.where} has no table of CheXmask (*.csv or *.csv.gz with a column {QUALITY!r})"
        )
    return list(found.values())


def stem(table: Path) -> str:
    """The name of a table without its suffixes."""
    return table.name[: -len(".csv.gz" if table.name.lower().endswith(".gz") else ".csv")]


def quality_of(row: dict[str, str], table: Path) -> float:
    """The mean of `QUALITY`: no mean is above its maximum, so of two it is the smaller, whatever the columns are called."""
    mean = number(row, QUALITY, table)
    return min(mean, number(row, MAXIMUM, table)) if row.get(MAXIMUM) else mean


def _is_table(path: Path) -> bool:
    try:
        with _opened(path) as file:
            header = next(csv.reader(file), [])
    except csv.Error:  # a file of another kind
        return False
    return {QUALITY, *ORGANS, "Height", "Width"} <= set(header)


@contextmanager
def _opened(table: Path) -> Iterator[TextIO]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a mask of a large radiograph is longer than the default 131,072
    packed = table.name.lower().endswith(".gz")
    try:
        with (gzip.open if packed else open)(table, "rt", newline="", encoding="utf-8-sig", errors="replace") as file:
            yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{table}: it cannot be unpacked ({error}); it may be truncated, fetch it again") from error


def rows(table: Path) -> Iterator[dict[str, str]]:
    """The rows of a table, one at a time.

    Raises:
        DataError: if it is truncated.
    """
    with _opened(table) as file:
        for row in csv.DictReader(file):
            if None in row or None in row.values():
                raise DataError(
                    f"{table}: a row has too few or too many values; the file may be truncated, fetch it again"
                )
            yield row


def number(row: dict[str, str], column: str, table: Path) -> float:
    """The number in a cell; 0 where it is empty.

    Raises:
        DataError: if it is no number.
    """
    try:
        return float(row[column].strip().lower().replace("nan", "") or 0)
    except ValueError as error:
        raise DataError(f"{table}: column {column!r} holds {row[column]!r}, which is no number") from error
