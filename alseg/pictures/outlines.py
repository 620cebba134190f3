"""Outlines of two segmentations over their image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_erosion

from alseg.data.dataset import IGNORE

SIDE = 240
"""Longest side of a picture in pixels, so that an outline of one pixel is fine and can be seen."""
TRUTH, PREDICTION, BOTH = (0, 158, 255), (255, 140, 0), (255, 255, 255)
"""Blue, orange, white: apart from one another for colour-blind people too, and from grey tissue."""


def picture(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A ``(C, H, W)`` image, grey or RGB, as ``(h, w, 3)`` whose longer side is `SIDE`; small ones are enlarged."""
    whole = np.ascontiguousarray(np.broadcast_to(image, (3, *image.shape[1:])).transpose(1, 2, 0))
    height, width = picture_size(image.shape[1:])
    return np.asarray(Image.fromarray(whole).resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))


def outlined(image: NDArray[np.uint8], truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture with the outlines of every foreground class: of the truth, of the prediction, and where they coincide.

    Args:
        image: ``(C, H, W)`` uint8, C is 1 or 3.
        truth: ``(H, W)`` class ids; where it is 255 nothing is drawn.
        predicted: ``(H, W)`` class ids.
    """
    drawn = picture(image).copy()
    truth, predicted = (_resized(np.where(truth == IGNORE, 0, mask), drawn.shape) for mask in (truth, predicted))
    true_edges, edges = outlines(truth), outlines(predicted)
    drawn[true_edges], drawn[edges], drawn[true_edges & edges] = TRUTH, PREDICTION, BOTH
    return drawn


def outlines(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """The outermost pixels ``(H, W)`` of every foreground class; the border of the image is no outline."""
    found = np.zeros(mask.shape, dtype=bool)
    for kind in np.unique(mask[mask > 0]):
        found |= (mask == kind) & ~binary_erosion(mask == kind, border_value=1)
    return found


def picture_size(image: Sequence[int]) -> tuple[int, int]:
    """Height and width of the `picture` of an image of this height and width."""
    scale = SIDE / max(image)
    return max(1, round(image[0] * scale)), max(1, round(image[1] * scale))


def _resized(mask: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    whole = Image.fromarray(mask.astype(np.uint8))
    return np.asarray(whole.resize((shape[1], shape[0]), Image.Resampling.NEAREST))
