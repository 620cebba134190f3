"""Pictures that are stored with more than they hold: grey ones in colour, black and white ones in grey."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.errors import DataError


def grey(path: Path) -> Callable[[], NDArray[Any]]:
    """Make a function that reads a picture as grey, ``(H, W)``: one file in colour would make the data set three times as large.

    The function raises:
        DataError: if red, green and blue differ anywhere, or it is no picture.
    """

    def pixels() -> NDArray[Any]:
        from alseg.data.formats.picture import read_picture

        (values,) = read_picture(path).slices
        if values.ndim == 3 and (values != values[..., :1]).any():
            raise DataError(
                f"{path}: it has colours, and every picture of this data set is grey; is it the publisher's?"
            )
        return np.ascontiguousarray(values[..., 0]) if values.ndim == 3 else np.asarray(values)

    return pixels


def black_and_white(path: Path) -> Callable[[], NDArray[np.uint8]]:
    """Make a function that reads a mask whose edges a lossy format may have blurred, ``(H, W)``: 255 above the middle grey, else 0.

    The function raises:
        DataError: if it is no picture.
    """

    def pixels() -> NDArray[np.uint8]:
        from alseg.data.formats.picture import read_mask_pixels

        return read_mask_pixels(path, 127).astype(np.uint8) * np.uint8(255)

    return pixels
