"""Quality of the labels that a run trains with; only here is the hidden truth of the pool looked at."""

from __future__ import annotations

import numpy as np

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import EvaluationEnd
from alseg.callbacks.run import Run
from alseg.data.dataset import IGNORE
from alseg.data.pool import PoolDataModule
from alseg.metrics.label_dice import label_dice
from alseg.metrics.metric import Metric

SHARE = Metric("share", "Share of the pixels with a label", None, fraction=True)


class LabelQuality(Callback):
    """Contributes the ``labels/*`` metrics of `label_quality` to every round."""

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        run.log_metrics(label_quality(run.pool), SHARE)


def label_quality(pool: PoolDataModule) -> dict[str, float]:
    """Mean Dice, or accuracy, against the truth: of the oracle's answers, and of the labels that are trained with.

    Where only some images have targets, these are labels themselves, and there is no hidden truth to compare with.

    For the report alone. Pixels that a label leaves open (255) are neither right nor wrong: Dice is of the others, and beside it
    stands their share, where it is below 1. Annotations that equal the truth have nothing to report.

    Returns:
        ``labels/annotated_dice`` and ``labels/working_dice``, and ``labels/annotated_share`` and ``labels/working_share`` where
        a label leaves pixels open; for classification ``labels/annotated_accuracy`` and ``labels/working_accuracy``.
    """
    if pool.dataset.has_target is not None:
        return {}
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
    found = {
        "labels/annotated_dice": label_dice(annotated, truth, pool.dataset.classes),
        "labels/working_dice": label_dice(working, truth, pool.dataset.classes),
    }
    if (annotated == IGNORE).any():
        found["labels/annotated_share"] = float(np.mean(annotated != IGNORE))
        found["labels/working_share"] = float(np.mean(working != IGNORE))
    return found
