"""Find the slices of a TIFF file: its first series and its axes, and only if there is no doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import tifffile

from alseg.data.formats.refusals import MAX_PIXELS, refuse_turned, too_large
from alseg.data.formats.tiff_chain import Directory
from alseg.errors import DataError

SLICES = "ZIQ"
"""Axes that may be slices: depth, pages in a row, and unnamed ones."""
NAMED = {"C": "channels", "T": "time points"}
MOST_CHANNELS = 7
"""Most channels that ImageJ shows."""
ALIKE = (256, 257, 258, 259, 262, 266, 277, 317, 339)
"""Tags in which pages of one stack agree: width, length, bits, compression, what a value means, ..."""
MOST_PACKED = 10_000
"""Ratio of pixels to file, in bytes, that no compression reaches in files of much more than `FREE` bytes of pixels."""
FREE = 2**28
ONE_FILE = "save it again as one file"


class Layout(NamedTuple):
    """Axes of slices, rows, columns and channels.

    Args:
        series: tifffile's.
        page: its first, with the tags.
        order: axes of its array, so that slices come first, then rows, columns and channels.
        slices: number of slices.
        size: height and width, in pixels.
        samples: channels, 1 for grey.
    """

    series: Any
    page: Any
    order: tuple[int, ...]
    slices: int
    size: tuple[int, int]
    samples: int


def layout(file: tifffile.TiffFile, pages: Sequence[Directory], path: Path) -> Layout:
    """Find the slices of an open file, all of one size and depth.

    Raises:
        DataError: if it holds several images, channels or time points, is too large, to be turned, or states more than it
            holds.
    """
    counting = [page for page in pages if page.counts] or list(pages)
    for page in counting:
        refuse_turned(path, page.numbers.get(274))
        if (pixels := page.numbers.get(256, 0) * page.numbers.get(257, 0)) > MAX_PIXELS:
            raise too_large(path, pixels)
    series = _main_series(file, path)
    axes, shape = str(series.axes), tuple(int(side) for side in series.shape)
    _refuse_unnamed_slices(_renamed(file, axes, shape), shape, path)
    size = (shape[axes.index("Y")], shape[axes.index("X")])
    if prod(size) > MAX_PIXELS:
        raise too_large(path, prod(size))
    slices = prod(side for axis, side in zip(axes, shape) if axis not in "YXS")
    if slices > 1:
        _refuse_different(counting, path)
    _refuse_absent(file, series, slices, len(counting), path)
    order = sorted(range(len(axes)), key=lambda i: {"Y": 1, "X": 2, "S": 3}.get(axes[i], 0))
    return Layout(series, series.keyframe, tuple(order), slices, size, shape[axes.index("S")] if "S" in axes else 1)


def _main_series(file: tifffile.TiffFile, path: Path) -> Any:
    """Find the only series that is no smaller copy of another, no label and no thumbnail."""
    every = list(file.series)
    own = [one for one in every if not (one.keyframe.is_reduced or one.keyframe.is_mask)] or every[:1]
    if not own:
        raise DataError(f"{path}: it holds no pixels; save it again")
    if len(own) > 1:
        names = [one.name if len({two.name for two in own}) == len(own) else _sides(one) for one in own]
        shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        raise DataError(
            f"{path}: its pages differ in size or depth, or are {len(own)} images apart ({shown}); save the one that matters as a "
            "file of its own"
        )
    return own[0]


def _sides(series: Any) -> str:
    return "x".join(map(str, series.shape)) + f" {series.dtype}"


def _renamed(file: tifffile.TiffFile, axes: str, shape: tuple[int, ...]) -> str:
    """Rename channels to slices: tifffile writes a volume for ImageJ as channels if it is not told its axes."""
    long = [(axis, side) for axis, side in zip(axes, shape) if axis not in "YXS" and side > 1]
    grey = file.is_imagej and (file.imagej_metadata or {}).get("mode", "grayscale") == "grayscale"
    return axes.replace("C", "Z") if grey and len(long) == 1 and long[0][1] > MOST_CHANNELS else axes


def _refuse_unnamed_slices(axes: str, shape: tuple[int, ...], path: Path) -> None:
    if not {"Y", "X"} <= set(axes) or max(Counter(axes[axes.index(one)] for one in "YX").values()) > 1:
        raise DataError(f"{path}: its axes are {axes}; a picture has rows (Y) and columns (X)")
    long = [(axis, side) for axis, side in zip(axes, shape) if axis not in "YXS" and side > 1]
    if other := [(axis, side) for axis, side in long if axis not in SLICES]:
        names = [f"{side} {NAMED.get(axis, f'images along its axis {axis}')}" for axis, side in other]
        raise DataError(f"{path}: it has {' and '.join(names)}; save one as a file of its own")
    if len(long) > 1:
        sides = "x".join(str(side) for _, side in long)
        raise DataError(f"{path}: it has {len(long) + 2} dimensions ({sides} images); a volume has 3")


def _refuse_different(pages: Sequence[Directory], path: Path) -> None:
    """Refuse pages that differ: tifffile compares only some of a long file, and uses the first palette for all."""
    if len({tuple(page.numbers.get(tag) for tag in ALIKE) for page in pages}) > 1:
        raise DataError(
            f"{path}: its pages differ in size or depth, or in how they are stored; save them again, all alike"
        )
    if len({page.colours for page in pages}) > 1:
        raise DataError(f"{path}: its pages have different palettes; save each as a file of its own")


def _refuse_absent(file: tifffile.TiffFile, series: Any, slices: int, pages: int, path: Path) -> None:
    """Refuse files that state more than they hold, which would be filled with zeros, or left out silently."""
    held = file.filehandle.size
    stated = prod(series.shape) * series.dtype.itemsize if series.dtype is not None else 0
    if stated > FREE and stated > MOST_PACKED * held:
        raise _truncated(path, f"it states {stated / 1e9:.1f} GB of pixels and holds {held} bytes")
    if file.is_ome and series.kind not in ("ome", "imagej"):
        raise DataError(
            f"{path}: its OME metadata describe images that lie in other files, or none of its own; {ONE_FILE}"
        )
    if series.kind == "ome" and any(page is None for page in series):
        raise DataError(f"{path}: its OME metadata describe images that are not in it; {ONE_FILE}")
    stated_images = (file.imagej_metadata or {}).get("images", 1) if file.is_imagej else 1
    if series.kind != "imagej" and isinstance(stated_images, int) and stated_images > pages:
        raise _truncated(path, f"it states {stated_images} images and holds {pages}")
    if series.kind in ("shaped", "imagej") and pages not in (1, slices):
        raise _truncated(path, f"it states {slices} images and holds {pages}")


def _truncated(path: Path, what: str) -> DataError:
    return DataError(f"{path}: it cannot be decoded ({what}); the file may be truncated, copy it again")
