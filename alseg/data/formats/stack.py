"""Stack of slices in one array, the result of every reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.errors import ConfigError


@dataclass(frozen=True)
class Stack:
    """The slices of a file; a single image is a stack of one.

    Args:
        slices: ``(S, H, W)``, or ``(S, H, W, 3)`` in colour.
        spacing: height and width of a pixel in mm, or None where unknown.
        distance: mm from slice to slice, or None.
        places: ``(S, 3, 3)``, where the first pixel of each slice, the last of its first row and the last of its first column
            lie in the patient, in mm and in the axes of the format; None where unknown.
    """

    slices: NDArray[Any]
    spacing: tuple[float, float] | None = None
    distance: float | None = None
    places: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.slices)


def to_uint8(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Scale values from ``low`` to ``high`` linearly to 0..255, and clip those beyond: a window for a whole volume.

    Args:
        values: any shape.
        low: becomes 0 (as does everything below).
        high: becomes 255 (as does everything above).

    Returns:
        The same shape, rounded to the nearest; all 0 where ``low`` equals ``high``.

    Raises:
        ConfigError: if high < low.
    """
    if high < low:
        raise ConfigError(f"a window from {low} to {high}: its end lies before its start")
    # whole numbers of 32 bits have more digits than a float32
    enough: type[Any] = np.float32 if np.can_cast(values.dtype, np.float32) else np.float64
    scaled: NDArray[Any] = (values.astype(enough) - low) * 255 / ((high - low) or 1)
    found: NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return found


def robust_range(values: NDArray[Any], share: float = 0.005) -> tuple[float, float]:
    """Find the values that leave ``share`` of the voxels below and above: MRI has no unit, and some voxels are outliers.

    Where nearly all voxels have one value, so that both are the same, return the lowest and the highest value.
    """
    low, high = np.quantile(values, (share, 1 - share))
    if low == high:
        low, high = values.min(), values.max()
    return float(low), float(high)
