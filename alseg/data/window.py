"""Window of images of more than 8 bits: the grey values that become 0 and 255, by one rule for every reader."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.stack import robust_range, to_uint8
from alseg.errors import ConfigError, DataError

Window = Literal["percentile", "minmax", "dtype"] | tuple[float, float]

WORDS = {
    "percentile": "from the 0.5th to the 99.5th percentile of its values",
    "minmax": "from its lowest to its highest value",
    "dtype": "over the whole range of its type",
}


def checked(window: str | Sequence[float]) -> Window:
    """Check ``data.window``.

    Raises:
        ConfigError: if it is neither a rule nor two numbers, the lower first.
    """
    if window in ("percentile", "minmax", "dtype"):
        return window  # type: ignore[return-value]
    ends = [] if isinstance(window, str) or not isinstance(window, Sequence) else list(window)
    numbers = [float(end) for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(ends) == len(numbers) == 2 and isfinite(numbers[0] - numbers[1]) and numbers[0] < numbers[1]:
        return numbers[0], numbers[1]
    raise ConfigError(f"data.window is {window}; it must be percentile, minmax, dtype or [low, high], the lower first")


def apply_window(values: NDArray[Any], window: Window, bits: int, path: Path) -> NDArray[np.uint8]:
    """Bring images of more than 8 bits to 8; those of 8 stay as they are.

    Args:
        values: of any shape; all channels and slices share one window.
        window: see `WORDS`; or the two values that become 0 and 255. Where all but 1% of the values are the same, the percentiles
            are too, and the lowest and the highest value are taken.
        bits: of a value in the file, for ``dtype``.
        path: for the errors.

    Raises:
        DataError: if values are not finite, or are floats whose type has no range.
    """
    if values.dtype == np.uint8:
        return values
    refuse_infinite(values, path)
    return to_uint8(values, *limits(values, window, bits, path))


def limits(values: NDArray[Any], window: Window, bits: int, path: Path) -> tuple[float, float]:
    """Compute the values that become 0 and 255; see `apply_window`."""
    if isinstance(window, tuple):
        return window
    if window == "percentile":
        return robust_range(values)
    if window == "minmax":
        return float(values.min()), float(values.max())
    if values.dtype.kind == "f":
        raise DataError(
            f"{path}: it holds {values.dtype}, which has no range; set data.window to percentile or [low,high]"
        )
    return (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if values.dtype.kind == "i" else (0.0, 2.0**bits - 1)


def refuse_infinite(values: NDArray[Any], path: Path) -> None:
    """Refuse values that are not finite, which nothing can be scaled by.

    Raises:
        DataError: if a value is not finite.
    """
    if not np.isfinite(values).all():
        raise DataError(f"{path}: it holds NaN or infinite values; every pixel must be a finite number")


def describe(window: Window, deep: int, images: int) -> str | None:
    """Describe what is done to images of more than 8 bits, in words; None where there are none."""
    if not deep:
        return None
    how = f"each {WORDS[window]}" if isinstance(window, str) else f"from {window[0]:g} to {window[1]:g}"
    name = window if isinstance(window, str) else f"[{window[0]:g},{window[1]:g}]"
    return f"{deep} of {images} images, brought to 8 bits {how} (data.window={name})"
