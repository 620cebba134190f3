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
from alseg.networks.segmentation import SegmentationNetwork
from alseg.networks.weights import Source


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
        )
        self._network = (architecture, encoder, weights, weights_path)
        self._network_options = architecture_options or {}
        self.loss = loss
        self.augmentation = augmentation

    def make_network(self) -> SegmentationNetwork:
        """A new network as configured, its pretrained weights loaded and the rest drawn at random."""
        return SegmentationNetwork(*self._network, self.spec.channels, len(self.spec.classes), self._network_options)
