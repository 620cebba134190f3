"""Numbers on pictures, such as those of a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SHARE = 10
"""The pictures' height is so many times that of a number."""


def numbered(pictures: NDArray[np.uint8], numbers: Sequence[int]) -> NDArray[np.uint8]:
    """Write a number into the upper left corner of each of ``(n, h, w, 3)`` pictures, white with a black edge."""
    size = max(10, pictures.shape[1] // SHARE)
    font = ImageFont.load_default(size)
    found = np.empty_like(pictures)
    for i, (picture, number) in enumerate(zip(pictures, numbers)):
        image = Image.fromarray(picture)
        stroke = max(1, size // 12)
        ImageDraw.Draw(image).text(
            (size // 4, size // 6), str(number), (255, 255, 255), font, stroke_width=stroke, stroke_fill=(0, 0, 0)
        )
        found[i] = np.asarray(image)
    return found
