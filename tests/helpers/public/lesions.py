"""Lesions as their publishers pack them."""

from __future__ import annotations

import numpy as np
from PIL import Image


def half(side: int = 16, where: slice = slice(0, 8)) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    mask[where] = 255
    return mask


def busi(picture) -> dict[str, bytes]:
    """The second benign image is the first in a little more light."""
    top, rng = "Dataset_BUSI_with_GT", np.random.default_rng(0)
    first, malignant, normal = rng.integers(0, 200, (3, 16, 16, 3))
    return {
        f"{top}/benign/benign (1).png": picture(first),
        f"{top}/benign/benign (1)_mask.png": picture(half(where=slice(0, 4))),
        f"{top}/benign/benign (1)_mask_1.png": picture(half(where=slice(8, 12))),
        f"{top}/benign/benign (10).png": picture(first + 9),
        f"{top}/benign/benign (10)_mask.png": picture(Image.fromarray(half()).convert("1")),
        f"{top}/malignant/malignant (1).png": picture(malignant),
        f"{top}/malignant/malignant (1)_mask.png": picture(np.stack([half(), half(), half()], -1)),
        f"{top}/normal/normal (1).png": picture(normal),
        f"{top}/normal/normal (1)_mask.png": picture(np.zeros((16, 16))),
    }
