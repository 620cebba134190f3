"""Base class of learners whose predictions are measured by alseg's own metrics."""

from __future__ import annotations

from typing import Any, TypeAlias

from torch import Tensor

from alseg.learners.learner import DataSpec, Learner
from alseg.metrics.classification import ClassificationMetrics
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.prediction import Batch

Metrics: TypeAlias = SegmentationMetrics | ClassificationMetrics


class MeasuredLearner(Learner):
    """Validation and test steps, whose values it logs as ``val/*`` and ``test/*``.

    Args:
        spec: the data.
        steps: optimiser steps of the fit to come.
    """

    def __init__(self, spec: DataSpec, steps: int) -> None:
        super().__init__(spec, steps)
        self.val_metrics = _metrics(spec, distances=False)
        self.test_metrics = _metrics(spec, distances=True)

    def validation_values(self) -> tuple[str, ...]:
        return tuple(f"val/{name}" for name in self.val_metrics.names)

    def validation_step(self, batch: Batch, *_: Any) -> None:
        """Compare with the targets."""
        self._measure(self.val_metrics, batch)

    def test_step(self, batch: Batch, *_: Any) -> Tensor:
        """Compare with the targets; return ``(B, K)`` probabilities or ``(B, H, W)`` class ids for further measurements."""
        return self._measure(self.test_metrics, batch)

    def on_validation_epoch_end(self) -> None:
        """Log ``val/*``."""
        self._log_metrics("val", self.val_metrics)

    def on_test_epoch_end(self) -> None:
        """Log ``test/*``."""
        self._log_metrics("test", self.test_metrics)

    def _measure(self, metrics: Metrics, batch: Batch) -> Tensor:
        logits = self.final(self.predict_step(batch))
        if isinstance(metrics, ClassificationMetrics):
            metrics.update(logits, batch["target"])
            return logits.softmax(dim=1)
        labels = logits.argmax(dim=1)
        metrics.update(labels, batch["target"], batch["spacing"])
        return labels

    def _log_metrics(self, stage: str, metrics: Metrics) -> None:
        self.log_dict({f"{stage}/{name}": value for name, value in metrics.compute().items()})
        metrics.reset()


def _metrics(spec: DataSpec, *, distances: bool) -> Metrics:
    if spec.task == "classification":
        return ClassificationMetrics(spec.classes)
    return SegmentationMetrics(spec.classes, spec.unit, distances=distances)
