"""Order and places of DICOM slices in the patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.stack import Stack
from alseg.errors import DataError

SAME = 1e-3
"""Tolerance of distances (mm) and direction cosines: the standard's decimal strings are rounded."""


def along_normal(planes: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Sort slices along their normal, rows x columns: those of a standard axial scan from the feet to the head.

    Args:
        planes: ``(S, 9)`` of `tags.plane`.

    Returns:
        ``(S,)`` the order, and ``(S,)`` mm along the normal in that order.

    Raises:
        DataError: if slices have different orientations, or two lie at the same place.
    """
    directions = planes[:, 3:]
    if (np.abs(directions - directions[0]) > SAME).any():
        raise DataError("its slices have different orientations; a volume has parallel ones")
    heights = planes[:, :3] @ np.cross(directions[0, :3], directions[0, 3:])
    order = np.argsort(heights, kind="stable")
    if (np.diff(heights[order]) < SAME).any():
        raise DataError(
            "two of its slices lie at the same place; each time point, echo or reconstruction is a volume of its own"
        )
    return order, heights[order]


def corners(planes: NDArray[np.float64], stack: Stack) -> NDArray[np.float64] | None:
    """Compute the places of a stack, see `Stack`; None where the size of a pixel is not known.

    Args:
        planes: ``(S, 9)`` of `tags.plane`, in the order of the slices.
        stack: the slices.
    """
    if stack.spacing is None:
        return None
    height, width = (side * (n - 1) for side, n in zip(stack.spacing, stack.slices.shape[1:3]))
    first, rows, columns = planes[:, :3], planes[:, 3:6], planes[:, 6:]
    return np.stack([first, first + width * rows, first + height * columns], axis=1)
