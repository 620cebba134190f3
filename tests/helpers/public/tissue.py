"""Tissue as its publishers pack it."""

from __future__ import annotations

import io

import numpy as np

RNG = np.random.default_rng(0)


def tile(picture, format_: str = "TIFF", side: int = 12) -> bytes:
    return picture(RNG.integers(0, 256, (side, side, 3)), format_)


def npz(classes: int, shape: tuple[int, ...], **changes) -> bytes:
    """A file as MedMNIST's, with one image of each class in each split."""
    arrays = {}
    for i, split in enumerate(("train", "val", "test")):
        arrays[f"{split}_images"] = np.full((classes, *shape), 10 * i, np.uint8) + np.arange(
            classes, dtype=np.uint8
        ).reshape(-1, *[1] * len(shape))
        arrays[f"{split}_labels"] = np.arange(classes, dtype=np.uint8)[:, None]
    file = io.BytesIO()
    np.savez_compressed(file, **(arrays | changes))
    return file.getvalue()
