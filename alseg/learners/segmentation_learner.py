"""What all learners for segmentation share: networks by name, the parts of a training, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from alseg.learners.augmentation import Augmentation
from alseg.learners.learner import Batch, DataSpec, Learner
from alseg.learners.segmentation_network import SegmentationNetwork
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.weights import Source, input_statistics


class SegmentationLearner(Learner):
    """A subclass makes its networks with :meth:`make_network` and writes ``predict_members`` and ``training_step``.

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
        weights_path: str | None = None,
        architecture_options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(spec, steps)
        self._network = (architecture, encoder, weights, weights_path)
        self._network_options = architecture_options or {}
        mean, std = input_statistics(encoder, spec.channels)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.loss = loss
        self.augmentation = augmentation
        self.optimizer = optimizer
        self.schedule = schedule
        self.val_metrics = SegmentationMetrics(spec.classes, spec.unit, distances=False)
        self.test_metrics = SegmentationMetrics(spec.classes, spec.unit, distances=True)

    def make_network(self) -> SegmentationNetwork:
        """A new network as configured, its pretrained weights loaded and the rest drawn at random."""
        return SegmentationNetwork(*self._network, self.spec.channels, len(self.spec.classes), self._network_options)

    def validation_step(self, batch: Batch, *_: Any) -> None:
        """Overlap with the targets."""
        self.val_metrics.update(self._labels(batch), batch["target"], batch["spacing"])

    def on_validation_epoch_end(self) -> None:
        """Log ``val/*``."""
        self._log_metrics("val", self.val_metrics)

    def test_step(self, batch: Batch, *_: Any) -> Tensor:
        """Overlap with and distance to the targets; gives the ``(B, H, W)`` class ids to whoever measures more."""
        labels = self._labels(batch)
        self.test_metrics.update(labels, batch["target"], batch["spacing"])
        return labels

    def on_test_epoch_end(self) -> None:
        """Log ``test/*``."""
        self._log_metrics("test", self.test_metrics)

    def configure_optimizers(self) -> Any:
        """The configured optimiser over what is trained, and its schedule."""
        optimizer = self.optimizer([parameter for parameter in self.parameters() if parameter.requires_grad])
        schedule = self.schedule(optimizer, self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _labels(self, batch: Batch) -> Tensor:
        return self.final(self.predict_step(batch)).argmax(dim=1)

    def _log_metrics(self, stage: str, metrics: SegmentationMetrics) -> None:
        self.log_dict({f"{stage}/{name}": value for name, value in metrics.compute().items()})
        metrics.reset()
