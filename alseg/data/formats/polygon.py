"""Polygons to masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def mask_of_polygon(
    points: Sequence[Sequence[float]] | NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.bool_]:
    """Mask ``(H, W)`` of the pixels whose centre lies within a polygon, which closes itself; parts in it twice are holes.

    Args:
        points: pairs of x and y, in pixels; the first pixel reaches from 0 to 1.
        size: height and width of the mask.

    Raises:
        ValueError: if it has fewer than three points, or these are no finite numbers.
    """
    try:
        corners = np.array(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("the points of a polygon are pairs of numbers") from error
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError("a polygon has three points or more, each a pair of numbers")
    x, y = corners.T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    mask = np.zeros(size, dtype=bool)
    columns = np.arange(size[1]) + 0.5
    top, bottom = max(int(np.floor(y.min())), 0), min(int(np.ceil(y.max())), size[0])
    for row in range(top, bottom):
        middle = row + 0.5
        crossed = (y <= middle) != (next_y <= middle)  # half open: a corner is crossed once
        at = x[crossed] + (middle - y[crossed]) / (next_y[crossed] - y[crossed]) * (next_x[crossed] - x[crossed])
        mask[row] = np.searchsorted(np.sort(at), columns, side="right") % 2 == 1
    return mask
