"""Masks at the size of an image's file, and targets at the size of the data set: from each to the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.fit import Place, part_of, placed_ids
from alseg.data.images import resized_mask


def size_of_file(dataset: Dataset, row: int) -> tuple[int, int]:
    """Height and width of an image's file in pixels; of the image itself where it has no file, as in a phantom."""
    return dataset.size if dataset.file_sizes is None else dataset.file_sizes[row]


def target_of(mask: NDArray[np.uint8], where: Place, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring a mask of class ids to the size of the data set, as its own masks are when they are loaded.

    Args:
        mask: ``(h, w)`` class ids at the size of the image's file, 255 where nobody looked.
        where: place of the file in the image; see `alseg.data.fit.places_of`.
        size: height and width of the data set's images.

    Returns:
        ``(H, W)`` class ids; padding is 255.
    """
    return placed_ids(np.ascontiguousarray(part_of(mask, where.region)), where.frame, size)


def mask_of(target: NDArray[np.uint8], where: Place, file: tuple[int, int], outside: int = 0) -> NDArray[np.uint8]:
    """Bring class ids to the size of an image's file, by the nearest pixel.

    Where the file has no fewer pixels than the image in either direction, `target_of` brings the same target back.

    Args:
        target: ``(H, W)`` class ids at the size of the data set.
        where: place of the file in the image.
        file: height and width of the file.
        outside: class id beyond the region of the file that the data set uses.

    Returns:
        ``(h, w)`` class ids.
    """
    part = Image.fromarray(np.ascontiguousarray(part_of(target, where.frame)))
    return _in_file(np.asarray(resized_mask(part, _used(where, file))), where, file, outside)


def mask_of_probabilities(
    probabilities: NDArray[Any], where: Place, file: tuple[int, int], outside: int = 0
) -> NDArray[np.uint8]:
    """Find the most probable class of every pixel of an image's file.

    Probabilities are resized bilinearly before they are compared, so that outlines of large files have no steps. One class at
    a time is held at the size of the file.

    Args:
        probabilities: ``(C, H, W)`` at the size of the data set.
        where: place of the file in the image.
        file: height and width of the file.
        outside: class id beyond the region of the file that the data set uses.

    Returns:
        ``(h, w)`` class ids; of equally probable classes the first.
    """
    used = _used(where, file)
    best: NDArray[np.float32] = np.full(used, -np.inf, dtype=np.float32)
    ids: NDArray[np.uint8] = np.zeros(used, dtype=np.uint8)
    for id_, map_ in enumerate(probabilities):
        part = probabilities_in_region(map_, where, file)
        higher = part > best
        best[higher], ids[higher] = part[higher], id_
    return _in_file(ids, where, file, outside)


def probabilities_in_region(map_: NDArray[Any], where: Place, file: tuple[int, int]) -> NDArray[np.float32]:
    """Resize a map of real numbers ``(H, W)`` bilinearly to the region of an image's file that the data set uses."""
    part = Image.fromarray(np.ascontiguousarray(part_of(map_, where.frame), dtype=np.float32))
    used = _used(where, file)
    if (part.height, part.width) != used:
        part = part.resize(used[::-1], Image.Resampling.BILINEAR)
    return np.asarray(part)


def _used(where: Place, file: tuple[int, int]) -> tuple[int, int]:
    return file if where.region is None else (where.region.height, where.region.width)


def _in_file(part: NDArray[np.uint8], where: Place, file: tuple[int, int], outside: int) -> NDArray[np.uint8]:
    if where.region is None:
        return part.copy()
    whole = np.full(file, outside, dtype=np.uint8)
    part_of(whole, where.region)[...] = part
    return whole
