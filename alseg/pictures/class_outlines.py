"""Outlines of one segmentation over its image at full size, and class ids as a picture that people can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation

from alseg.data.dataset import IGNORE
from alseg.files import atomic
from alseg.pictures.outlines import outlines

COLOURS = {
    "orange": (230, 159, 0),
    "sky blue": (86, 180, 233),
    "green": (0, 158, 115),
    "yellow": (240, 228, 66),
    "blue": (0, 114, 178),
    "red": (213, 94, 0),
    "purple": (204, 121, 167),
}
"""Of classes 1, 2, ..., and again from the first (Okabe and Ito's palette, apart for colour-blind people too)."""
GREY = (128, 128, 128)
"""Of 255."""
PIXELS_PER_LINE = 500
"""An outline is one pixel wide for each so many pixels of the image's longer side."""


def colour_of(class_: int) -> str:
    """Name of the colour of a class of the foreground, from 1."""
    return list(COLOURS)[(class_ - 1) % len(COLOURS)]


def drawn(image: NDArray[np.uint8], mask: NDArray[Any]) -> NDArray[np.uint8]:
    """Draw the outlines of every foreground class over an image, at its size.

    Args:
        image: ``(h, w)`` grey or ``(h, w, 3)``.
        mask: ``(h, w)`` class ids; where it is 255 nothing is drawn.

    Returns:
        ``(h, w, 3)``.
    """
    picture = np.array(np.broadcast_to(image if image.ndim == 3 else image[..., None], (*mask.shape, 3)))
    wider = (max(mask.shape) - 1) // PIXELS_PER_LINE
    for class_ in map(int, np.unique(mask[(mask > 0) & (mask != IGNORE)])):
        edge = outlines(mask == class_)
        picture[binary_dilation(edge, iterations=wider) if wider else edge] = COLOURS[colour_of(class_)]
    return picture


def save_class_ids(path: Path, mask: NDArray[np.uint8]) -> None:
    """Save class ids as PNG whose palette shows each class in its colour: the values in the file are the ids."""
    palette = np.zeros((256, 3), dtype=np.uint8)
    for class_ in range(1, IGNORE):
        palette[class_] = COLOURS[colour_of(class_)]
    palette[IGNORE] = GREY
    image = Image.fromarray(mask)
    image.putpalette(palette.tobytes())
    with atomic(path) as temporary:
        image.save(temporary, "PNG")
