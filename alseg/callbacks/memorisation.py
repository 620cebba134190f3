"""Memorisation of wrong labels in the course of a training, measured against the hidden truth of a simulated annotator.

A network learns what is right in labels before it learns their errors by heart; a repair has to come in between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import TrainingEnd
from alseg.callbacks.run import Run
from alseg.data.dataset import IGNORE
from alseg.data.pool import PoolDataModule
from alseg.learners.learner import Learner
from alseg.metrics.label_dice import label_dice
from alseg.networks.evaluation_mode import evaluating

TABLE = "memorisation.csv"


class Memorisation(Callback):
    """Writes ``memorisation.csv`` of each round's training: a line every so many steps, by the labelled images.

    ``step``; ``prediction_dice`` and ``working_dice``, of the model's predictions and of the labels that it is trained with,
    against the truth (what a label leaves open counts in neither way); ``memorised`` and ``corrected``, the shares of the wrongly
    annotated pixels that the model predicts as they are annotated, and as they truly are.

    Measured is where a simulated annotator's answers differ from the truth, in segmentation. The truth is for this table alone:
    no training, repair or query sees it. A fit with this callback ends with the same weights as one without.

    Args:
        checks: lines of a training, spread evenly over its steps; the last one is of its end.
        watched: labelled images that are looked at, at most, spread evenly.

    Raises:
        ValueError: if one of these is below 1.

    Source: the two shares are those of Liu et al., "Adaptive Early-Learning Correction for Segmentation from Noisy
    Annotations", CVPR 2022, where they are IoUs.
    """

    def __init__(self, checks: int = 10, watched: int = 32) -> None:
        for key, value in (("checks", checks), ("watched", watched)):
            if value < 1:
                raise ValueError(f"{key}={value}: at least 1")
        self.checks, self.watched = checks, watched
        self.lines: list[dict[str, float]] = []
        self.run: Run | None = None

    def on_run_start(self, run: Run) -> None:
        self.run = run

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep the lines of a fit that was killed and goes on, and none of another fit."""
        self.lines = [line for line in self.lines if line["step"] <= trainer.global_step]

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """Measure, if it is time to."""
        step, steps = trainer.global_step, trainer.max_steps
        hidden = self.run is not None and self.run.simulated and self.run.pool.dataset.has_target is None
        if self.run is None or not hidden or not isinstance(pl_module, Learner):
            return
        if math.floor(step * self.checks / steps) == math.floor((step - 1) * self.checks / steps):
            return
        pool = self.run.pool
        if pool.dataset.task == "segmentation" and (found := self._measured(pl_module, pool)):
            self.lines.append({"step": step, **found})

    def on_training_end(self, run: Run, training: TrainingEnd) -> None:
        if self.lines:
            run.write_table(TABLE, pd.DataFrame(self.lines))

    def state_dict(self) -> dict[str, Any]:
        """The lines so far."""
        return {"lines": self.lines}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the lines so far."""
        self.lines = state_dict["lines"]

    def _measured(self, learner: Learner, pool: PoolDataModule) -> dict[str, float]:
        ids = pool.labelled[:: math.ceil(len(pool.labelled) / self.watched)]
        truth = pool.dataset.targets[[pool.row(id_) for id_ in ids]]
        annotated, working = pool.annotations(ids), pool.labels(ids)
        if np.array_equal(annotated, truth) and np.array_equal(working, truth):
            return {}
        predicted = np.empty_like(truth)
        with evaluating(learner):
            for start in range(0, len(ids), pool.eval_batch_size):
                rows = slice(start, start + pool.eval_batch_size)
                images = learner.normalise(pool.images(ids[rows]).to(learner.device))
                classes = learner.final(learner.predict_members(images)).argmax(dim=1)
                predicted[rows] = classes.to(torch.uint8).cpu().numpy()
        return memorised(predicted, working, annotated, truth, pool.dataset.classes)


def memorised(
    predicted: NDArray[np.uint8],
    working: NDArray[np.uint8],
    annotated: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    classes: Sequence[str],
) -> dict[str, float]:
    """Compare predictions and labels with the truth, and predictions with what is wrong in the annotations.

    Args:
        predicted, working, annotated, truth: ``(n, H, W)`` class ids; 255 in labels is open, and in the truth left out.
        classes: names, the background first.

    Returns:
        The columns of the table but for ``step``; NaN is what nothing tells of.
    """
    known = truth != IGNORE
    wrong = known & (annotated != IGNORE) & (annotated != truth)
    count = wrong.sum()
    return {
        "prediction_dice": label_dice(predicted, truth, classes),
        "working_dice": label_dice(working, truth, classes),
        "memorised": float((predicted == annotated)[wrong].sum() / count) if count else math.nan,
        "corrected": float((predicted == truth)[wrong].sum() / count) if count else math.nan,
    }
