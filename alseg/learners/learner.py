"""Base class of learners."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg.data.dataset import Dataset, Task, Unit
from alseg.errors import ConfigError, reason_of
from alseg.metrics.metric import Metric
from alseg.prediction import Batch, Prediction

EXAMPLES: dict[Task, str] = {"segmentation": "segmenter", "classification": "classifier"}
"""Plain learner of each task, to suggest when one for the other task was chosen."""

MONITORS: dict[Task, str] = {"segmentation": "val/dice", "classification": "val/accuracy"}
"""Metric that decides on patience and the best model, unless ``trainer.monitor`` names another; higher is better."""


@dataclass(frozen=True)
class DataSpec:
    """Properties of the data that a learner is made for.

    ``images`` are those of the whole data set, without any target, for learners that go by features of each image which
    are computed once: ``(N, C, H, W)`` uint8, in the order of the rows in batches. None: there is no data set yet.
    """

    task: Task
    classes: tuple[str, ...]
    channels: int
    size: tuple[int, int]
    unit: Unit
    images: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, dataset: Dataset) -> DataSpec:
        """The spec of a data set."""
        return cls(dataset.task, dataset.classes, dataset.channels, dataset.size, dataset.unit, dataset.images)


class Learner(pl.LightningModule):
    """A model that predicts with members.

    A subclass sets ``mean`` and ``std`` for :meth:`normalise` and writes :meth:`predict_members`, ``training_step``,
    ``configure_optimizers`` and the validation and test steps. Everything random in ``training_step`` comes from
    PyTorch's global generator: the controller seeds it at every step, which is what makes a killed run resumable. For
    the same reason, state that goes into a checkpoint changes in ``training_step`` or ``optimizer_step``, not in
    ``on_train_batch_end``, which comes after the checkpoint. The test step of a segmentation returns the class ids
    ``(B, H, W)`` that it predicts, that of a classification the probabilities ``(B, K)``, for callbacks that measure.

    Args:
        spec: the data.
        steps: optimiser steps of the fit to come, for schedules.
    """

    tasks: ClassVar[frozenset[Task]]
    """The tasks this learner can be trained for."""
    members: int = 1
    """M, the number of members it predicts with."""
    uses_unlabelled: bool = False
    """True if a training batch is ``{"labelled": Batch, "unlabelled": Batch}`` instead of a labelled Batch."""
    describes: tuple[Metric, ...] = ()
    """Title, unit and direction of metrics that it logs and alseg does not know."""
    mean: Tensor
    std: Tensor

    def __init__(self, spec: DataSpec, steps: int) -> None:
        super().__init__()
        if spec.task not in self.tasks:
            raise ConfigError(
                f"learner {type(self).__name__} is for {' and '.join(sorted(self.tasks))}, and the data set is for "
                f"{spec.task}; choose learner={EXAMPLES[spec.task]}, or another one for {spec.task}"
            )
        self.spec = spec
        self.steps = steps
        self.monitor = MONITORS[spec.task]
        self.memory_format = torch.contiguous_format

    @abstractmethod
    def predict_members(self, images: Tensor) -> Prediction:
        """Normalised images ``(B, C, H, W)`` give logits ``(M, B, K, *spatial)`` and features ``(B, D)``."""

    @abstractmethod
    def networks(self) -> Sequence[torch.nn.Module]:
        """Networks to compile, if that is configured."""

    def final(self, prediction: Prediction) -> Tensor:
        """``(B, K, *spatial)`` logits of the final decision: by default of the members' mean probabilities."""
        return prediction.logits.float().log_softmax(dim=2).logsumexp(dim=0)

    def normalise(self, images: Tensor) -> Tensor:
        """Scale uint8 images to [0, 1], then by ``mean`` and ``std``."""
        return ((images.float() / 255 - self.mean) / self.std).contiguous(memory_format=self.memory_format)

    def for_query(self) -> Learner:
        """Learner that scores of the disagreement of members are taken from: by default this one, as it is."""
        return self

    def validation_values(self) -> tuple[str, ...]:
        """Names of the values that a validation logs, such as ``val/dice``; empty if it is not known before."""
        return ()

    def fit_report(self) -> dict[str, Any]:
        """Report of a fit for the ledger, besides steps and loss."""
        return {}

    def accelerate(self, *, channels_last: bool, compile: bool) -> None:
        """Choose the memory layout and whether to compile, once, before the first fit or prediction."""
        if channels_last:
            self.memory_format = torch.channels_last
            self.to(memory_format=torch.channels_last)
        if compile:
            for network in self.networks():
                network.compile()

    def try_out(self) -> Prediction:
        """Make the optimiser and predict one blank image, to find errors before any training.

        Returns:
            The prediction.

        Raises:
            ConfigError: if it does not.
        """
        self.eval()
        self.configure_optimizers()
        try:
            with torch.inference_mode():
                blank = torch.zeros(1, self.spec.channels, *self.spec.size, dtype=torch.uint8)
                prediction = self.predict_step({"image": blank})
            shape = tuple(prediction.logits.shape[2:])
            expected = (len(self.spec.classes), *(self.spec.size if self.spec.task == "segmentation" else ()))
            if shape != expected:
                raise RuntimeError(f"it answers with {shape}, not {expected} (classes and pixels)")
        except (RuntimeError, ValueError) as error:
            raise ConfigError(
                f"data.size={list(self.spec.size)} does not suit the learner: {reason_of(error)}"
            ) from error
        return prediction

    def predict_step(self, batch: Batch, *_: Any) -> Prediction:
        """Predict a batch of the pool with all members."""
        return self.predict_members(self.normalise(batch["image"]))
