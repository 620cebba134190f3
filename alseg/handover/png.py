"""PNG files of arrays."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """``(h, w)`` grey levels or class ids, or ``(h, w, 3)`` RGB, as PNG."""
    with BytesIO() as file:
        Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
        return file.getvalue()
