"""An oracle that knows the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.errors import ConfigError
from alseg.oracles.oracle import Annotations, Oracle


class Simulated(Oracle):
    """Answers with the data set's own targets, at a price.

    Args:
        dataset: the images with their true targets; its ``cost``, where it has one, replaces ``seconds_per_image``.
        seconds_per_image: cost of an image.
        seconds_per_contour_pixel: further cost of every pixel on the boundary of a class (segmentation).

    Raises:
        ValueError: if a cost is negative.
        ConfigError: if an image has no target.
    """

    simulated = True

    def __init__(
        self, dataset: Dataset, seconds_per_image: float = 60.0, seconds_per_contour_pixel: float = 0.0
    ) -> None:
        for key, value in [
            ("seconds_per_image", seconds_per_image),
            ("seconds_per_contour_pixel", seconds_per_contour_pixel),
        ]:
            if value < 0:
                raise ValueError(f"{key}={value}: a cost cannot be negative")
        if dataset.has_target is not None:
            what = "mask" if dataset.task == "segmentation" else "label"
            raise ConfigError(
                f"data set {dataset.name}: {len(dataset) - len(dataset.with_target)} of {len(dataset)} images have no {what}, and "
                f"a simulated oracle has no other answer than theirs; people are asked by oracle=folder or oracle=label_studio, "
                f'and "data.where={{{what}:*}}" keeps the images that have one'
            )
        self.dataset = dataset
        self.row = {id_: row for row, id_ in enumerate(dataset.ids)}
        self.seconds_per_image = seconds_per_image
        self.seconds_per_contour_pixel = seconds_per_contour_pixel

    def annotate(self, ids: Sequence[str]) -> Annotations:
        rows = [self.row[id_] for id_ in ids]
        targets = np.asarray(self.dataset.targets[rows])
        if self.dataset.cost is None:
            cost = np.full(len(ids), self.seconds_per_image, dtype=np.float64)
        else:
            cost = np.asarray(self.dataset.cost[rows], dtype=np.float64)
        if self.dataset.task == "segmentation" and self.seconds_per_contour_pixel:
            cost = cost + self.seconds_per_contour_pixel * contour_pixels(targets)
        return Annotations(tuple(ids), targets, cost, annotator="truth")


def contour_pixels(targets: NDArray[Any]) -> NDArray[np.int64]:
    """``(n,)`` number of pixels of ``(n, H, W)`` class maps whose right or lower neighbour has another class."""
    edge = np.zeros(targets.shape, dtype=bool)
    edge[:, :, :-1] |= targets[:, :, :-1] != targets[:, :, 1:]
    edge[:, :-1, :] |= targets[:, :-1, :] != targets[:, 1:, :]
    pixels: NDArray[np.int64] = edge.sum(axis=(1, 2), dtype=np.int64)
    return pixels
