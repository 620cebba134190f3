"""Test metrics of one seed's heads, as learners log them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg.data.dataset import Dataset
from alseg.metrics.classification import ClassificationMetrics
from alseg.metrics.segmentation import SegmentationMetrics


class Tested:
    """The metrics of the task, surface distances only if asked for, with ``test/`` before their names."""

    def __init__(self, dataset: Dataset, distances: bool = False) -> None:
        self.dataset = dataset
        self.metrics: ClassificationMetrics | SegmentationMetrics
        if dataset.task == "classification":
            self.metrics = ClassificationMetrics(dataset.classes)
        else:
            self.metrics = SegmentationMetrics(dataset.classes, dataset.unit, distances=distances)

    def update(self, logits: Tensor, targets: NDArray[Any], rows: NDArray[np.intp]) -> None:
        """Members' logits ``(M, B, K, *spatial)``, targets ``(B, *spatial)`` and rows of the data set ``(B,)``."""
        final, reference = logits.log_softmax(dim=2).logsumexp(dim=0), torch.from_numpy(targets)
        if isinstance(self.metrics, ClassificationMetrics):
            self.metrics.update(final, reference)
        else:
            self.metrics.update(final.argmax(dim=1), reference, torch.from_numpy(self.dataset.spacing[rows]))

    def compute(self) -> dict[str, float]:
        """Values over everything that was seen."""
        return {f"test/{name}": value for name, value in self.metrics.compute().items()}
