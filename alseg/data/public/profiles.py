"""Text files of points, as which boundaries of the carotid wall are published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.errors import DataError


def read_profile(path: Path) -> NDArray[np.float64]:
    """The points of a boundary, ``(N, 2)`` as x, y in pixels, in the order of x.

    Some files hold N rows of x and y, others a row of all x and a row of all y: the shape tells them apart. Two points
    in two rows of two look the same either way; then x must increase along the boundary, and if it does both ways, the
    rows are points.

    Raises:
        DataError: if it is neither, or holds other than finite numbers.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = [[float(word) for word in line.replace(",", ".").split()] for line in text.splitlines() if line.strip()]
        values = np.array(rows, dtype=np.float64)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: it is no table of numbers ({error}); it must hold x and y of a boundary") from error
    if values.ndim != 2 or 2 not in values.shape or not np.isfinite(values).all():
        raise DataError(
            f"{path}: it holds {values.shape} numbers; it must be N rows of x and y, or a row of x and one of y"
        )
    if values.shape[1] != 2 or (values.shape[0] == 2 and values[0, 0] >= values[1, 0]):
        values = values.T
    return values[np.argsort(values[:, 0], kind="stable")]


def read_number(path: Path) -> float:
    """The one number of a file, with a decimal point or comma.

    Raises:
        DataError: if it is none, or not positive.
    """
    try:
        number = float(path.read_text(encoding="utf-8-sig").strip().replace(",", "."))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: it holds no number of mm per pixel ({error})") from error
    if not 0 < number < np.inf:
        raise DataError(f"{path}: it holds {number}; mm per pixel must be positive")
    return number


def between(li: NDArray[np.float64], ma: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The band between two boundaries as a mask of 0 and 255.

    Both are interpolated to one y for every whole x that they have in common; a row belongs to the band from the rounded
    depth of LI up to, and without, that of MA: so the mean thickness is that of the boundaries.

    Args:
        li: ``(N, 2)`` lumen-intima boundary, x and y in pixels, in the order of x.
        ma: ``(M, 2)`` media-adventitia boundary, below it.
        shape: height and width of the mask.
    """
    mask = np.zeros(shape, dtype=np.uint8)
    columns = common_columns([li, ma])
    columns = columns[(columns >= 0) & (columns < shape[1])]
    if not columns.size:
        return mask
    top, bottom = (np.rint(np.interp(columns, *line.T)) for line in (li, ma))
    rows = np.arange(shape[0])[:, None]
    mask[:, columns] = np.where((rows >= top) & (rows < bottom), 255, 0)
    return mask


def common_columns(lines: Sequence[NDArray[np.float64]]) -> NDArray[np.intp]:
    """The whole x that all of several boundaries, each ``(N, 2)`` in the order of x, reach; none if apart."""
    if not all(map(len, lines)):
        return np.arange(0)
    first, last = max(line[0, 0] for line in lines), min(line[-1, 0] for line in lines)
    return np.arange(int(np.ceil(first)), int(np.floor(last)) + 1)


def mean_boundary(lines: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The mean depth of several boundaries, ``(N, 2)`` as x, y, at the whole x that they have in common."""
    columns = common_columns(lines)
    depth = np.mean([np.interp(columns, *line.T) for line in lines], axis=0)
    return np.stack([columns, depth], axis=1)
