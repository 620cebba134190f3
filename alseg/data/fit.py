"""Fit image files of any shape to the size wanted: ``stretch``, ``pad`` or ``crop``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.dataset import IGNORE, Dataset
from alseg.data.images import read_header, read_image, read_mask, resized_mask
from alseg.data.region import Region
from alseg.data.window import Window
from alseg.errors import ConfigError, DataError

Number = TypeVar("Number", bound=np.generic)
FITS = ("stretch", "pad", "crop")


class Place(NamedTuple):
    """Part of a file that is used, and its place in the image.

    Args:
        region: the part of the file, in its pixels; None: all of it.
        frame: the part of the image that shows it, in pixels of the image; None: all of it. The rest is padding.
    """

    region: Region | None = None
    frame: Region | None = None


class Mask(NamedTuple):
    """A mask file in its place.

    Args:
        pixels: ``(H, W)`` uint8 values as stored in the file; padding is 255.
        counts: ``(256,)`` uint32, pixels of each value in the part that is used, at the resolution of the file.
        alone: whether the whole file, also what a region leaves out, holds nothing but 255.
    """

    pixels: NDArray[np.uint8]
    counts: NDArray[np.uint32]
    alone: bool


def place(file: tuple[int, int], region: Region | None, size: tuple[int, int], fit: str = "stretch") -> Place:
    """Compute the place of a file, or of a region of it, in an image.

    ``stretch`` changes the aspect ratio to that of the image; ``pad`` keeps all and the aspect ratio, and leaves padding at
    two sides; ``crop`` keeps the largest centred part of the image's aspect ratio. All edges are whole pixels, so that an
    aspect ratio is kept to half a pixel; `pixel_size` is exact. The aspect ratio is that in pixels, whatever their spacing.

    Args:
        file: height and width of the file, in pixels.
        region: of the file; None: all of it.
        size: height and width of the image, in pixels.
        fit: one of the three.

    Raises:
        ConfigError: if ``fit`` is another.
    """
    if fit not in FITS:
        raise ConfigError(f"data.fit={fit}: it is one of {', '.join(FITS)}")
    x, y, across, down = region or Region(0, 0, file[1], file[0])
    height, width = size
    if fit == "stretch" or down * width == across * height:
        return Place(region)
    if fit == "pad":
        scale = min(height / down, width / across)
        inner = max(1, round(down * scale)), max(1, round(across * scale))
        frame = Region((width - inner[1]) // 2, (height - inner[0]) // 2, inner[1], inner[0])
        return Place(region, None if inner == size else frame)
    scale = min(down / height, across / width)
    inner = max(1, round(height * scale)), max(1, round(width * scale))
    return Place(Region(x + (across - inner[1]) // 2, y + (down - inner[0]) // 2, inner[1], inner[0]))


def places_of(dataset: Dataset) -> dict[str, Place]:
    """Place of each image's file, by id."""
    n = len(dataset)
    return dict(zip(dataset.ids, map(Place, dataset.regions or [None] * n, dataset.frames or [None] * n)))


def pixel_size(places: Sequence[Place], files: Sequence[tuple[int, int]], size: tuple[int, int]) -> NDArray[np.float64]:
    """``(N, 2)`` height and width of an image's pixel, in pixels of its file."""
    used = [(p.region.height, p.region.width) if p.region else file for p, file in zip(places, files)]
    shown = [(p.frame.height, p.frame.width) if p.frame else size for p in places]
    return np.array(used, dtype=np.float64) / np.array(shown, dtype=np.float64)


def placed_image(
    path: Path, where: Place, size: tuple[int, int], channels: int, window: Window = "percentile"
) -> NDArray[np.uint8]:
    """Read an image file into its place, ``(channels, H, W)``; padding is 0. See `read_image`."""
    if where.frame is None:
        return read_image(path, size, channels, where.region, window)
    image = np.zeros((channels, *size), dtype=np.uint8)
    shown = where.frame.height, where.frame.width
    part_of(image, where.frame)[...] = read_image(path, shown, channels, where.region, window)
    return image


def placed_mask(path: Path, where: Place, size: tuple[int, int] | None) -> Mask:
    """Read a mask file into its place, resized to the nearest pixel; padding is 255, which is ignored. See `read_mask`.

    Args:
        path: the file.
        where: its place.
        size: height and width of the image; None: the part that is used, as it is in the file.
    """
    part, alone = _part(path, where.region)
    counts = np.bincount(part.ravel(), minlength=IGNORE + 1).astype(np.uint32)
    if size is None:
        return Mask(part, counts, alone)
    return Mask(placed_ids(part, where.frame, size), counts, alone)


def placed_ids(part: NDArray[np.uint8], frame: Region | None, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize class ids ``(h, w)`` of the part of a file that is used to the nearest pixel; the padding around it is 255."""
    target = size if frame is None else (frame.height, frame.width)
    part = np.asarray(resized_mask(Image.fromarray(part), target))
    if frame is None:
        return part
    pixels = np.full(size, IGNORE, dtype=np.uint8)
    part_of(pixels, frame)[...] = part
    return pixels


def _part(path: Path, region: Region | None) -> tuple[NDArray[np.uint8], bool]:
    """Read the part that is used, and whether the whole file holds nothing but 255."""
    try:
        whole, held = read_mask(path, read_header(path).size)
    except DataError:
        if region is None:
            raise
        # The part that is cut away may hold anything, such as a caption in colour.
        return read_mask(path, (region.height, region.width), region)[0], False
    alone = bool(held[IGNORE] and held.sum() == 1)
    return np.ascontiguousarray(part_of(whole, region)), alone


def part_of(image: NDArray[Number], part: Region | None) -> NDArray[Number]:
    """A view of a part of ``(..., H, W)``; of all of it, if the part is None."""
    if part is None:
        return image
    return image[..., part.y : part.y + part.height, part.x : part.x + part.width]
