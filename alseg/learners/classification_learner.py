"""Base class of learners for classification: networks by name, the parts of a training, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from alseg.errors import inside
from alseg.learners.image_augmentation import ImageAugmentation
from alseg.learners.learner import DataSpec
from alseg.learners.network_learner import NetworkLearner
from alseg.networks.classification import ClassificationNetwork
from alseg.networks.weights import Source


class ClassificationLearner(NetworkLearner):
    """Base class; a subclass defines ``predict_members`` and ``training_step`` on networks of :meth:`make_network`.

    Args:
        spec: the data.
        steps: optimiser steps of the fit to come.
        backbone, weights, weights_path, dropout, backbone_options: see :class:`ClassificationNetwork`.
        loss: of ``(B, K)`` logits and ``(B,)`` class ids.
        augmentation: of uint8 images, applied to training batches.
        optimizer: makes the optimiser of parameters.
        schedule: makes the learning-rate schedule of an optimiser and the number of steps, stepped once a step.
    """

    tasks = frozenset({"classification"})

    def __init__(
        self,
        spec: DataSpec,
        steps: int,
        *,
        backbone: str,
        weights: Source,
        loss: nn.Module,
        augmentation: ImageAugmentation,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        schedule: Callable[[Optimizer, int], LRScheduler],
        weights_path: str | Path | None = None,
        dropout: float = 0.0,
        backbone_options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            spec,
            steps,
            model=backbone,
            key="backbone",
            optimizer=optimizer,
            schedule=schedule,
        )
        with inside("augmentation"):
            augmentation.check(spec.size)
        self._network = (backbone, weights, weights_path)
        self._network_options = backbone_options or {}
        self.dropout = dropout
        self.loss = loss
        self.augmentation = augmentation

    def make_network(self, projection: int | None = None) -> ClassificationNetwork:
        """A new network as configured, its pretrained weights loaded and the rest drawn at random."""
        return ClassificationNetwork(
            *self._network,
            self.spec.channels,
            len(self.spec.classes),
            dropout=self.dropout,
            projection=projection,
            options=self._network_options,
        )
