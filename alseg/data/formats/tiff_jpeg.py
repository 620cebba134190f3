"""Check the sizes of JPEG streams within a TIFF file, for which their decoder allocates memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from alseg.errors import DataError

LARGER = 4
"""Largest ratio of a strip or tile to its page, as tiles reach beyond the edges of small pages."""
SMALL = 2**24
"""Pixels that every strip or tile may have."""
NO_FRAMES = (0xC4, 0xC8, 0xCC)
"""Markers from C0 to CF that do not start a frame."""


def refuse_oversized_jpegs(path: Path, pages: Any, pixels: int) -> None:
    """Check that no JPEG stream is larger than its strip or tile.

    Args:
        path: the file.
        pages: tifffile's, with where their streams lie.
        pixels: of a page.

    Raises:
        DataError: if one states many times the pixels of a page.
    """
    with path.open("rb") as file:
        for page in pages:
            for offset in page.dataoffsets if page is not None else ():
                height, width = _frame(file, int(offset))
                if height * width > max(SMALL, LARGER * pixels):
                    raise DataError(
                        f"{path}: it cannot be decoded (a part of it is said to have {height}x{width} pixels, and the whole has "
                        f"{pixels}); the file is damaged, copy it again"
                    )


def _frame(file: BinaryIO, offset: int) -> tuple[int, int]:
    """Height and width of the stream at an offset; 0 where it states none."""
    file.seek(offset + 2)  # behind the marker of its start
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        if 0xC0 <= head[1] <= 0xCF and head[1] not in NO_FRAMES:
            sides = file.read(5)[1:]
            return int.from_bytes(sides[:2], "big"), int.from_bytes(sides[2:], "big")
        file.seek(int.from_bytes(head[2:], "big") - 2, 1)
    return 0, 0
