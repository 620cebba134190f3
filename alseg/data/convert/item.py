"""One image of a data set on its way into a manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = Path | Callable[[], NDArray[np.generic]]
"""A file that is copied as it is, or a function that makes the pixels when they are written: ``(H, W)`` grey of 8 or
16 bits, ``(H, W)`` bool for a mask of one bit, or ``(H, W, 3)`` uint8."""


@dataclass(frozen=True)
class Item:
    """An image with its mask or label, or without, where nobody has given one yet.

    Args:
        id: unique in the data set; also the name of its files, where ``/`` makes a folder.
        image: a file in one of the formats of `alseg.data.images`, or a function.
        mask: class ids (or 0 and 255), like ``image``.
        label: a class name.
        group: patient, recording, slide or volume; empty where unknown.
        split: ``train | val | test`` or empty.
        spacing: height and width of a pixel in mm, or None.
        metadata: more columns of the manifest; the same for all items of a data set.
        files: columns with more masks of this image, such as those of other readers; None is an empty cell. The same columns
            for all items of a data set.
    """

    id: str
    image: Pixels
    mask: Pixels | None = None
    label: str | None = None
    group: str = ""
    split: str = ""
    spacing: tuple[float, float] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Pixels | None] = field(default_factory=dict)
