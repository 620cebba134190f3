"""Check the chain of a TIFF file's pages before tifffile reads it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

from alseg.errors import DataError

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of one value of each type of tag."""
WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
COLOUR_MAP = 320
PRIVATE = 32768
"""First number of makers' private tags, which may point nowhere."""
REDUCED_OR_MASK = 0b101
"""Bits of the tag NewSubfileType: a smaller copy of another page, or a transparency mask."""


class Directory(NamedTuple):
    """One page's tags.

    Args:
        numbers: tags of one whole number.
        colours: the bytes of its colour map, or none.
    """

    numbers: dict[int, int]
    colours: bytes

    @property
    def counts(self) -> bool:
        """True if the page is an image of its own."""
        return not self.numbers.get(254, 0) & REDUCED_OR_MASK and self.numbers.get(255) != 2


class _Form(NamedTuple):
    """Formats of counts and offsets in classic TIFF or BigTIFF."""

    order: str
    first: int
    number: str
    tag: str
    offset: str


def directories(path: Path) -> list[Directory]:
    """Read the pages of a file in their order, in time and memory bounded by the size of the file.

    Raises:
        DataError: if it is no TIFF, the chain comes back to itself or leads out of the file, or a tag states more values than
            the file can hold.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        form = _form(file.read(8), path)
        file.seek(form.first)
        offset = _number(file, form.order + form.offset, path)
        pages: dict[int, int] = {}
        found: list[Directory] = []
        room = size
        while offset:
            if offset in pages:
                raise DataError(
                    f"{path}: its page {len(found)} points back to its page {pages[offset]}, so that there is no last one; "
                    "the file is damaged, copy it again"
                )
            if offset >= size:
                raise _truncated(path, f"its page {len(found) + 1} is said to lie behind its end")
            pages[offset] = len(found) + 1
            file.seek(offset)
            count = _number(file, form.order + form.number, path)
            entry = struct.Struct(form.order + form.tag)
            room -= count * entry.size
            content = file.read(count * entry.size) if room >= 0 else b""
            if len(content) < count * entry.size:
                raise _truncated(path, f"its page {len(found) + 1} is said to have {count} tags")
            offset = _number(file, form.order + form.offset, path)
            found.append(_directory(file, form, list(entry.iter_unpack(content)), size, path))
    if not found:
        raise DataError(f"{path}: it has no pages; copy it again")
    return found


def _form(start: bytes, path: Path) -> _Form:
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    version = struct.unpack(order + "H", start[2:4])[0] if order and len(start) == 8 else 0
    if order and version == 42:
        return _Form(order, 4, "H", "HHI4s", "I")
    if order and version == 43:
        return _Form(order, 8, "Q", "HHQ8s", "Q")
    raise DataError(f"{path}: it is not a TIFF file, for it does not start as one; copy it again")


def _directory(
    file: BinaryIO, form: _Form, tags: list[tuple[int, int, int, bytes]], size: int, path: Path
) -> Directory:
    numbers: dict[int, int] = {}
    colours = b""
    for tag, kind, count, value in tags:
        length = count * SIZES.get(kind, 0)
        if length > size:
            raise _truncated(path, f"its tag {tag} is said to hold {count} values")
        if count == 1 and kind in WHOLE and length <= len(value):
            (numbers[tag],) = struct.unpack(form.order + WHOLE[kind], value[:length])
        if length > len(value):
            (start,) = struct.unpack(form.order + form.offset, value)
            if start + length > size and tag < PRIVATE:
                raise _truncated(path, f"its tag {tag} is said to lie behind its end")
            if tag == COLOUR_MAP:
                file.seek(start)
                colours = file.read(length)
    return Directory(numbers, colours)


def _number(file: BinaryIO, form: str, path: Path) -> int:
    length = struct.calcsize(form)
    content = file.read(length)
    if len(content) < length:
        raise _truncated(path, "it ends within its list of pages")
    (number,) = struct.unpack(form, content)
    return int(number)


def _truncated(path: Path, what: str) -> DataError:
    return DataError(f"{path}: it cannot be decoded ({what}); the file may be truncated, copy it again")
