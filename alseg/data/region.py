"""Regions: the parts of image files to use, from a column ``x y width height`` of the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from alseg.errors import DataError

if TYPE_CHECKING:  # pandas takes a third of a second, and processes that copy images need none of it
    from alseg.data.manifest import Manifest


class Region(NamedTuple):
    """A rectangle in whole pixels of an image file; ``x`` and ``y`` are its first column and row, from 0."""

    x: int
    y: int
    width: int
    height: int


def read_regions(manifest: Manifest, column: str, sizes: Sequence[tuple[int, int]]) -> tuple[Region, ...]:
    """Read the region of every image; the whole image where the cell is empty. Edges are rounded to whole pixels.

    Args:
        manifest: the table.
        column: one that the data set does not use otherwise, of ``x y width height`` in pixels of the image files.
        sizes: N pairs of height and width of the image files.

    Raises:
        DataError: if the column is missing, or a cell is no region of its image; the message names row and image file.
    """
    found = []
    for id_, image, (height, width), text in zip(manifest.ids, manifest.images, sizes, manifest.texts(column)):
        try:
            found.append(_region(text, height, width) if text else Region(0, 0, width, height))
        except DataError as error:
            raise DataError(
                f"{manifest.path}: id {id_!r}, column {column!r} is {text!r}: {error} {image.name}"
            ) from error
    return tuple(found)


def _region(text: str, height: int, width: int) -> Region:
    try:
        x, y, across, down = map(float, text.split())
        left, top, right, bottom = map(round, (x, y, x + across, y + down))
    except (ValueError, OverflowError) as error:  # OverflowError: an infinite number has no whole one beside it
        raise DataError("it must be the four numbers x y width height, in pixels of") from error
    if right <= left or bottom <= top:
        raise DataError("it has no area; it must be x y width height, in pixels of")
    if left < 0 or top < 0 or right > width or bottom > height:
        raise DataError(f"it must lie within the {height}x{width} pixels (height x width) of")
    return Region(left, top, right - left, bottom - top)
