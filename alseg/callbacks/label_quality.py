"""Quality of the labels that a run trains with; only here is the hidden truth of the pool looked at."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import EvaluationEnd
from alseg.callbacks.run import Run
from alseg.data.dataset import IGNORE
from alseg.data.pool import PoolDataModule
from alseg.metrics.segmentation import SegmentationMetrics


class LabelQuality(Callback):
    """Contributes the ``labels/*`` metrics of `label_quality` to every round."""

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        run.log_metrics(label_quality(run.pool))


def label_quality(pool: PoolDataModule) -> dict[str, float]:
    """Mean Dice, or accuracy, against the truth: of the oracle's answers, and of the labels that are trained with.

    For the report alone. Pixels that a label leaves open count as background. Annotations that equal the truth have
    nothing to report.

    Returns:
        ``labels/annotated_dice`` and ``labels/working_dice``; for classification ``labels/annotated_accuracy`` and
        ``labels/working_accuracy``.
    """
    ids = pool.labelled
    truth = pool.dataset.targets[[pool.row(id_) for id_ in ids]]
    annotated, working = pool.annotations(ids), pool.labels(ids)
    if np.array_equal(annotated, truth) and np.array_equal(working, truth):
        return {}
    if pool.dataset.task == "classification":
        return {
            "labels/annotated_accuracy": float(np.mean(annotated == truth)),
            "labels/working_accuracy": float(np.mean(working == truth)),
        }
    return {
        "labels/annotated_dice": _dice(annotated, truth, pool.dataset.classes),
        "labels/working_dice": _dice(working, truth, pool.dataset.classes),
    }


def _dice(labels: NDArray[np.uint8], truth: NDArray[np.uint8], classes: tuple[str, ...]) -> float:
    metrics = SegmentationMetrics(classes, "px", distances=False)
    metrics.update(
        torch.from_numpy(np.where(labels == IGNORE, 0, labels)), torch.from_numpy(truth), torch.ones(len(labels), 2)
    )
    return metrics.compute()["dice"]
