"""Read one image file as uint8 channels, one mask file as uint8 class ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.formats.header import Header
from alseg.data.formats.kind import is_tiff
from alseg.data.formats.lossy import refuse_changed
from alseg.data.formats.picture import CONVERT, FORMATS, picture_header, read_picture
from alseg.data.formats.stack import to_uint8
from alseg.data.formats.tiff import read_tiff, tiff_header
from alseg.data.region import Region
from alseg.data.window import Window, apply_window, limits, refuse_infinite
from alseg.errors import DataError

__all__ = ["FORMATS", "Header", "class_ids", "read_header", "read_image", "read_mask", "size_of_whole"]


def read_header(path: Path) -> Header:
    """Size, channels and depth of an image file, without decoding its pixels.

    Raises:
        DataError: if the file is not one image, is too large or to be turned.
    """
    if not is_tiff(path):
        return picture_header(path)
    header, slices = tiff_header(path)
    _refuse_stack(path, slices)
    return header


def read_image(
    path: Path,
    size: tuple[int, int],
    channels: int,
    region: Region | None = None,
    window: Window = "percentile",
) -> NDArray[np.uint8]:
    """Decode an image, cut to a region and resized bilinearly with antialiasing.

    Images of more than 8 bits or of floats go through a window. Palettes are looked up; transparency is dropped, which leaves
    the pixels as stored; see `read_picture` and `read_tiff`. The cut comes first, so that nothing outside of the region, such
    as a bright caption, affects the window: the result is that of a file which holds the region alone.

    Args:
        path: the file.
        size: height and width wanted, in pixels.
        channels: 1 for grey, 3 for RGB (a grey image is repeated).
        region: the part of the file to use; None: all of it.
        window: see `alseg.data.window`.

    Returns:
        ``(channels, H, W)`` uint8.

    Raises:
        DataError: if the file is not an image, is truncated or holds non-finite values.
    """
    values = _cut(_one(path), region)
    image = Image.fromarray(np.ascontiguousarray(apply_window(values, window, _bits(path, values, window), path)))
    array = np.asarray(resized(image.convert("L" if channels == 1 else "RGB"), size))
    return array[None] if channels == 1 else array.transpose(2, 0, 1)


def read_whole(path: Path, region: Region | None = None, window: Window = "percentile") -> NDArray[np.uint8]:
    """Decode an image at its own size, with the window of the region that a data set uses of it; see `read_image`.

    Returns:
        ``(h, w)`` uint8, or ``(h, w, 3)`` in colour.

    Raises:
        DataError: see `read_image`.
    """
    values = _one(path)
    if values.dtype == np.uint8:
        return values
    refuse_infinite(values, path)
    return to_uint8(values, *limits(_cut(values, region), window, _bits(path, values, window), path))


def read_mask(
    path: Path, size: tuple[int, int], region: Region | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Decode a mask, cut to a region and resized to the nearest pixel.

    Class ids are the values that the file stores: in a mask with a palette the index, in one of a single bit 0 and 1 (where white
    is zero, the 1 is still what is shown as white).

    Args:
        path: the file.
        size: height and width wanted, in pixels.
        region: the part of the file to use; None: all of it.

    Returns:
        ``(H, W)`` uint8 values, and ``(256,)`` bool: which values the region holds at the resolution of the file.

    Raises:
        DataError: if the file is not an image, is truncated, is in colour or holds values other than 0..255.
    """
    (ids,) = class_ids(_cut(_one(path, stored=True), region)[None], path)
    mask = Image.fromarray(ids)
    held = np.asarray(mask.histogram()) > 0
    return np.asarray(resized_mask(mask, size)), held


def class_ids(slices: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    """Check the values of a mask's slices, and return them as class ids.

    Args:
        slices: ``(S, H, W)`` of any type; or ``(S, H, W, 3)``, whose channels must be the same.
        path: for the errors.

    Returns:
        ``(S, H, W)``.

    Raises:
        DataError: if it is in colour, holds values other than 0..255, or class ids that went through lossy compression.
    """
    if slices.ndim == 4:
        if (slices != slices[..., :1]).any():
            raise DataError(f"{path}: it is a colour image; a mask holds class ids in one channel (grey or palette)")
        slices = slices[..., 0]
    if slices.dtype not in (np.uint8, np.bool_):
        wrong = slices[~((slices >= 0) & (slices <= 255) & (slices == np.trunc(slices)))]
        if wrong.size:
            raise DataError(f"{path}: it holds the value {wrong[0]}; class ids are whole numbers from 0 to 255")
    refuse_changed(slices, path)
    return np.ascontiguousarray(slices, dtype=np.uint8)


def size_of_whole(path: Path) -> tuple[int, int]:
    """Decode an image file to check it, and return its height and width.

    Raises:
        DataError: see `read_header`, and if it is truncated.
    """
    height, width = _one(path).shape[:2]
    return height, width


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize an image of 8 bits to a height and width."""
    if (image.height, image.width) == size:
        return image
    return image.resize(size[::-1], Image.Resampling.BILINEAR, reducing_gap=3.0)


def resized_mask(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize a mask of class ids to a height and width."""
    return mask if (mask.height, mask.width) == size else mask.resize(size[::-1], Image.Resampling.NEAREST)


def _bits(path: Path, values: NDArray[Any], window: Window) -> int:
    """Bits of a value in the file, which one window asks for."""
    return read_header(path).bits if window == "dtype" and values.dtype != np.uint8 else 0


def _one(path: Path, stored: bool = False) -> NDArray[Any]:
    """Read ``(H, W)`` or ``(H, W, 3)`` at the depth of the file."""
    slices = (read_tiff if is_tiff(path) else read_picture)(path, stored).slices
    _refuse_stack(path, len(slices))
    values: NDArray[Any] = slices[0]
    return values


def _refuse_stack(path: Path, slices: int) -> None:
    if slices > 1:
        raise DataError(f"{path}: it holds {slices} images; {CONVERT}")


def _cut(values: NDArray[Any], region: Region | None) -> NDArray[Any]:
    if region is None:
        return values
    return values[region.y : region.y + region.height, region.x : region.x + region.width]
