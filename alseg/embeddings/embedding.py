"""The contract of an embedding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Embedding(ABC):
    """Turns images into features, without any training: the same images give the same features, row by row."""

    @property
    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """All that the features depend on besides the images, as JSON-able values; the cache tells by it.

        That is the extractor, a hash of what its weights are (not of where they came from), the preprocessing and the
        pooling.
        """

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """D, the number of features of an image."""

    @abstractmethod
    def extract(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, C, H, W)`` images of 1 (grey) or 3 (RGB) channels give ``(N, D)`` features; N may be 0."""


def pool_groups(features: NDArray[np.float32], groups: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """One embedding per volume: the mean over the slices of each group.

    Args:
        features: ``(N, D)``, one row per slice.
        groups: the volume of each slice.

    Returns:
        The G volumes in the order of their first slices, and ``(G, D)`` their features.
    """
    names = tuple(dict.fromkeys(groups))
    place = {name: i for i, name in enumerate(names)}
    rows = np.array([place[group] for group in groups], dtype=np.intp)
    totals = np.zeros((len(names), features.shape[1]))
    np.add.at(totals, rows, features)
    means: NDArray[np.float32] = (totals / np.bincount(rows, minlength=len(names))[:, None]).astype(np.float32)
    return names, means
