"""Atomic writes: a file is either whole or not there; arrays of files that one need not trust, and cells that are text."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile
    from numpy.typing import NDArray

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is computed, and may call programs."""
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?(e[+-]?\d+)?|inf|nan)", re.ASCII | re.IGNORECASE)


def memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


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


@contextmanager
def arrays_in(file: Path | IO[bytes]) -> Iterator[NpzFile]:
    """Open an ``.npz``; nothing in it is unpickled.

    Raises:
        ValueError: if it is none, or unpacks to more than the memory holds. Its size says nothing: empty masks pack a thousandfold.
        zipfile.BadZipFile: likewise.
    """
    import numpy as np  # most that import this file need none

    with zipfile.ZipFile(file) as archive:
        size, packed = (sum(getattr(one, key) for one in archive.infolist()) for key in ("file_size", "compress_size"))
    if size > memory():
        raise ValueError(f"its {packed / 1e6:.1f} MB would become {size / 1e9:.1f} GB")
    if not isinstance(file, Path):
        file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        yield stored


def labels_in(file: Path | IO[bytes]) -> tuple[list[str], NDArray[Any]]:
    """``ids (N,)`` and ``targets (N, ...)`` of an ``.npz``; targets that are not one for each id are not read into memory.

    Raises:
        ValueError: if it is none, or has too many or too few.
        KeyError: if one of them is missing.
        zipfile.BadZipFile: likewise.
    """
    with arrays_in(file) as stored:
        ids, rows = [str(id_) for id_ in stored["ids"]], _rows(stored, "targets")
        if len(ids) != rows:
            raise ValueError(f"{len(ids)} ids, and {rows} targets")
        return ids, stored["targets"]


def _rows(stored: NpzFile, name: str) -> int:
    """Rows that an array says it has; the array itself is not read."""
    from numpy.lib import format as arrays

    assert stored.zip is not None  # it is open
    with stored.zip.open(f"{name}.npy") as file:
        read = arrays.read_array_header_1_0 if arrays.read_magic(file) == (1, 0) else arrays.read_array_header_2_0
        shape = read(file)[0]
    if not shape:
        raise ValueError(f"{name}: it is a single value")
    return int(shape[0])


def csv_text(text: str) -> str:
    """A text as a cell of a CSV file; an apostrophe is put before what a spreadsheet program would compute (CWE-1236).

    And before such a text that has one already, so that different texts are different cells.
    """
    bare = text.lstrip("'")
    return f"'{text}" if bare.startswith(FORMULA) and NUMBER.fullmatch(bare) is None else text


def text_of_cell(cell: str) -> str:
    """The text that `csv_text` has made a cell of."""
    return cell[1:] if cell.startswith("'") and csv_text(cell) != cell else cell
