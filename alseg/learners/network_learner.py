"""Base class of learners of both tasks: input statistics, optimiser, schedule and logged metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from alseg.learners.learner import DataSpec, Learner
from alseg.metrics.classification import ClassificationMetrics
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.networks.weights import input_statistics

Metrics: TypeAlias = SegmentationMetrics | ClassificationMetrics


class NetworkLearner(Learner):
    """Base class; a subclass updates the two metrics in its validation and test steps, and this one logs their values.

    Args:
        spec: the data.
        steps: optimiser steps of the fit to come.
        model: the timm model by whose statistics images are normalised.
        key: the argument that names it, for errors.
        optimizer: makes the optimiser of parameters.
        schedule: makes the learning-rate schedule of an optimiser and the number of steps, stepped once a step.
        val_metrics: computes a dictionary of values of the validation set.
        test_metrics: of the test set.
    """

    def __init__(
        self,
        spec: DataSpec,
        steps: int,
        *,
        model: str,
        key: str,
        optimizer: Callable[[Iterable[Tensor]], Optimizer],
        schedule: Callable[[Optimizer, int], LRScheduler],
        val_metrics: Metrics,
        test_metrics: Metrics,
    ) -> None:
        super().__init__(spec, steps)
        mean, std = input_statistics(model, spec.channels, key)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.optimizer = optimizer
        self.schedule = schedule
        self.val_metrics = val_metrics
        self.test_metrics = test_metrics

    def validation_values(self) -> tuple[str, ...]:
        return tuple(f"val/{name}" for name in self.val_metrics.names)

    def on_validation_epoch_end(self) -> None:
        """Log ``val/*``."""
        self._log_metrics("val", self.val_metrics)

    def on_test_epoch_end(self) -> None:
        """Log ``test/*``."""
        self._log_metrics("test", self.test_metrics)

    def configure_optimizers(self) -> Any:
        """The configured optimiser over what is trained, and its schedule."""
        optimizer = self.optimizer([parameter for parameter in self.parameters() if parameter.requires_grad])
        schedule = self.schedule(optimizer, self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _log_metrics(self, stage: str, metrics: Metrics) -> None:
        self.log_dict({f"{stage}/{name}": value for name, value in metrics.compute().items()})
        metrics.reset()
