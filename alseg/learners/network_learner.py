"""Base class of learners of both tasks that train networks: input statistics, optimiser and schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from alseg.learners.learner import DataSpec
from alseg.learners.measured_learner import MeasuredLearner
from alseg.networks.weights import input_statistics


class NetworkLearner(MeasuredLearner):
    """Base class of the two for networks by name.

    Args:
        spec: the data.
        steps: optimiser steps of the fit to come.
        model: the timm model by whose statistics images are normalised.
        key: the argument that names it, for errors.
        optimizer: makes the optimiser of parameters.
        schedule: makes the learning-rate schedule of an optimiser and the number of steps, stepped once a step.
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
    ) -> None:
        super().__init__(spec, steps)
        mean, std = input_statistics(model, spec.channels, key)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.optimizer = optimizer
        self.schedule = schedule

    def configure_optimizers(self) -> Any:
        """The configured optimiser over what is trained, and its schedule."""
        optimizer = self.optimizer([parameter for parameter in self.parameters() if parameter.requires_grad])
        schedule = self.schedule(optimizer, self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
