"""Atomic writes: a file is either whole or not there; and cells of tables that programs take for text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is computed, and may call programs."""
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?(e[+-]?\d+)?|inf|nan)", re.ASCII | re.IGNORECASE)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let an error of the system that names no file, as that of a full disk, name this one."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; it is renamed to ``path`` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with named(path):
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def csv_text(text: str) -> str:
    """A text as a cell of a CSV file; an apostrophe is put before what a spreadsheet program would compute (CWE-1236).

    And before such a text that has one already, so that different texts are different cells.
    """
    bare = text.lstrip("'")
    return f"'{text}" if bare.startswith(FORMULA) and NUMBER.fullmatch(bare) is None else text
