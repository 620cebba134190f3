"""Base class of learners for segmentation: networks by name, the parts of a training, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from alseg.learners.augmentation import Augmentation
from alseg.learners.learner import DataSpec
from alseg.learners.network_learner import NetworkLearner
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.networks.segmentation import SegmentationNetwork
from alseg.networks.weights import Source
from alseg.prediction import Batch


class SegmentationLearner(NetworkLearner):
    """Base class; a subclass defines ``predict_members`` and ``training_step`` on networks of :meth:`make_network`.

    Args:
        spec: the data.
        steps: optimiser steps of the fit to come.
        architecture, encoder, weights, weights_path, architecture_options: see :class:`SegmentationNetwork`.
        loss: of ``(B, K, H, W)`` logits and ``(B, H, W)`` targets in which 255 is ignored.
        augmentation: of uint8 images and targets, applied to training batches.
        optimizer: makes the optimiser of parameters.
        schedule: makes the learning-rate schedule of an optimiser and the number of steps, stepped once a step.
    """

    tasks = frozenset({"segmentation"})
    val_metrics: SegmentationMetrics
    test_metrics: SegmentationMetrics

    def __init__(
        self,
        spec: DataSpec,
        steps: int,
        *,
        architecture: str,
        encoder: str,
        weights: Source,
        loss: nn.Module,
        augmentation: Augmentation,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        schedule: Callable[[Optimizer, int], LRScheduler],
        weights_path: str | Path | None = None,
        architecture_options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            spec,
            steps,
            model=encoder,
            key="encoder",
            optimizer=optimizer,
            schedule=schedule,
            val_metrics=SegmentationMetrics(spec.classes, spec.unit, distances=False),
            test_metrics=SegmentationMetrics(spec.classes, spec.unit, distances=True),
        )
        self._network = (architecture, encoder, weights, weights_path)
        self._network_options = architecture_options or {}
        self.loss = loss
        self.augmentation = augmentation

    def make_network(self) -> SegmentationNetwork:
        """A new network as configured, its pretrained weights loaded and the rest drawn at random."""
        return SegmentationNetwork(*self._network, self.spec.channels, len(self.spec.classes), self._network_options)

    def validation_step(self, batch: Batch, *_: Any) -> None:
        """Measure the overlap with the targets."""
        self.val_metrics.update(self._labels(batch), batch["target"], batch["spacing"])

    def test_step(self, batch: Batch, *_: Any) -> Tensor:
        """Measure overlap and distances; return the ``(B, H, W)`` class ids for further measurements."""
        labels = self._labels(batch)
        self.test_metrics.update(labels, batch["target"], batch["spacing"])
        return labels

    def _labels(self, batch: Batch) -> Tensor:
        return self.final(self.predict_step(batch)).argmax(dim=1)
