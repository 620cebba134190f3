"""A data set with its frozen features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.errors import DataError


@dataclass(frozen=True)
class Frozen:
    """Images by the features that heads are fitted on.

    Args:
        dataset: ids, groups and true targets; its images are not looked at.
        features: ``(N, D)`` of images for classification, ``(N, H, W, D)`` of pixels for segmentation, float16 or float32.

    Raises:
        DataError: if targets and features are not of the same images or pixels, or an image has no target.
    """

    dataset: Dataset
    features: NDArray[np.float16] | NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.dataset.has_target is not None:
            raise DataError(
                f"data set {self.dataset.name}: only an image with a target can be simulated, and some have none"
            )
        if self.features.shape[:-1] != self.dataset.targets.shape:
            raise DataError(
                f"data set {self.dataset.name}: features of shape {self.features.shape[:-1]} for targets of shape "
                f"{self.dataset.targets.shape}"
            )

    @property
    def spatial(self) -> tuple[int, ...]:
        """Height and width in pixels; empty for classification."""
        return self.features.shape[1:-1]

    @property
    def pixels(self) -> int:
        """Rows of `matrix` per image: 1 for classification."""
        return int(np.prod(self.spatial, dtype=np.int64))

    @property
    def matrix(self) -> NDArray[np.float16] | NDArray[np.float32]:
        """``(N * pixels, D)``, a view."""
        return self.features.reshape(-1, self.features.shape[-1])


def of_points(
    name: str, features: NDArray[np.float32], targets: NDArray[np.int64], groups: Sequence[str] | None = None
) -> Frozen:
    """Points without images, for classification.

    Args:
        name: of the data set.
        features: ``(N, D)``.
        targets: ``(N,)`` class ids; classes are called by their ids.
        groups: N names; by default each point is its own group.
    """
    n = len(features)
    ids = tuple(f"{i:0{len(str(n))}d}" for i in range(n))
    return Frozen(
        Dataset(
            name=name,
            task="classification",
            ids=ids,
            groups=ids if groups is None else tuple(groups),
            images=np.broadcast_to(np.zeros(1, np.uint8), (n, 1, 1, 1)),
            targets=targets,
            classes=tuple(map(str, range(int(targets.max()) + 1))),
            spacing=np.ones((n, 2)),
        ),
        features,
    )
