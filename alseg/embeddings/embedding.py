"""Base class of embeddings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.grouping import means_by_group


class Embedding(ABC):
    """Turns images into features without training; equal images give equal features, row by row."""

    volumes: bool = False
    """True if images are compared by the mean over all slices of their group instead of by their own features."""
    progress: bool = False
    """True if a progress bar is shown while a data set is embedded, where stderr is a terminal."""

    @property
    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """All that the features depend on besides the images, as JSON-able values: the key of the cache.

        That is the extractor, a hash of its weights (not of where they came from), the preprocessing and the
        pooling.
        """

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """D, the number of features of an image."""

    @abstractmethod
    def extract(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(N, C, H, W)`` images of 1 (grey) or 3 (RGB) channels give ``(N, D)`` features; N may be 0."""

    def at_most(self, height: int, width: int) -> Embedding:
        """The embedding for features that are only looked at, on a map, of images of so many pixels.

        One that enlarges images, at a multiple of the time, may take them as they are. By default it is this one.
        """
        return self


def group_means(features: NDArray[np.float32], groups: Sequence[str]) -> NDArray[np.float32]:
    """``(N, D)`` features of slices replaced by the mean over all slices of their group, such as a volume."""
    place, means = means_by_group(features, groups)
    return means[place]
