"""Predictions brought back from the size that a learner sees to that of the image file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.dataset import IGNORE
from alseg.data.fit import Place, part_of
from alseg.data.region import Region


def classes_at_file_size(probabilities: NDArray[np.float32], where: Place, file: tuple[int, int]) -> NDArray[np.uint8]:
    """Class ids of a whole image file: the most probable class of probabilities that are interpolated to its size.

    Interpolation comes before the decision, so that outlines are smooth at any size.

    Args:
        probabilities: ``(K, H, W)`` of the image that the learner saw.
        where: place of the file in that image.
        file: height and width of the file.

    Returns:
        ``(height, width)`` class ids; 255 where the file was not looked at, beyond a region or what ``fit=crop`` left out.
    """
    region, shown = _parts(where, file, probabilities.shape[1:])
    best = _enlarged(_part(probabilities[0], shown), region)
    found = np.zeros(best.shape, dtype=np.uint8)
    for kind, map_ in enumerate(probabilities[1:], start=1):  # one class at a time: a file may be large
        values = _enlarged(_part(map_, shown), region)
        found[values > best] = kind
        np.maximum(best, values, out=best)
    whole = np.full(file, IGNORE, dtype=np.uint8)
    part_of(whole, region)[...] = found
    return whole


def map_at_file_size(values: NDArray[np.float32], where: Place, file: tuple[int, int]) -> NDArray[np.uint8]:
    """A map from 0 to 1, ``(H, W)``, as grey levels of a whole image file; 0 where the file was not looked at."""
    region, shown = _parts(where, file, values.shape)
    whole = np.zeros(file, dtype=np.uint8)
    part_of(whole, region)[...] = np.rint(_enlarged(_part(values, shown), region) * 255).clip(0, 255)
    return whole


def seen(values: NDArray[np.float32], where: Place) -> NDArray[np.float32]:
    """A part of ``(..., H, W)`` maps without padding."""
    return values if where.frame is None else _part(values, where.frame)


def _parts(where: Place, file: tuple[int, int], size: tuple[int, ...]) -> tuple[Region, Region]:
    height, width = size
    return where.region or Region(0, 0, file[1], file[0]), where.frame or Region(0, 0, width, height)


def _part(values: NDArray[np.float32], part: Region) -> NDArray[np.float32]:
    """A view of a part of ``(..., H, W)``."""
    return values[..., part.y : part.y + part.height, part.x : part.x + part.width]


def _enlarged(values: NDArray[np.float32], region: Region) -> NDArray[np.float32]:
    if values.shape == (region.height, region.width):
        return values.copy()
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.array(picture.resize((region.width, region.height), Image.Resampling.BILINEAR), dtype=np.float32)
