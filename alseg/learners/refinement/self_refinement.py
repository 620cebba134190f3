"""Callback that repairs the labelled set in the middle of a fit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torchmetrics.classification import MulticlassJaccardIndex

from alseg import distributed
from alseg.data.dataset import IGNORE
from alseg.data.pool import PoolDataModule
from alseg.errors import ConfigError
from alseg.learners.refinement.calibration import temperature
from alseg.learners.refinement.repair import fuse
from alseg.learners.refinement.saturation import has_bent
from alseg.learners.refinement.trust import WEIGHTS, Weight
from alseg.networks.evaluation_mode import evaluating


class SelfRefinement(pl.Callback):
    """Repairs labels by the teacher once the student's agreement with its labels has saturated.

    A round is divided into ``checks`` epochs. After each, the mIoU (percent) of the student against the working labels
    joins the curve; when :func:`has_bent` says so, :func:`fuse` repairs every labelled image with the teacher's
    prediction, and the training goes on with the repaired labels. The learner must have ``student(images)`` and
    ``teacher(images)`` with logits first.

    Args:
        checks: epochs of a round, rounded so that each has as many steps.
        watched: labelled images whose mIoU makes the curve, at most, evenly spread; None is all of them. A look at 1,000
            images costs as much as some 16 training steps, ten times a round.
        threshold: largest curvature of a bent curve, percent per epoch squared.
        first: epochs before the first fit of the curve.
        earliest: share of the round before which nothing is repaired, whatever the curve says: over the first epochs it
            is noisy enough to look bent, and what the teacher knows then destroys labels.
        at_latest: share of the round after which to repair in any case; None leaves it to the curve alone.
        times: how often a round may repair; after ``at_latest``, at each following check.
        base: what is repaired: the ``annotation``, anew in every round, or the ``working`` label that earlier repairs
            have left, as in the released code; errors of earlier teachers stay in it.
        carry: whether a round's training begins with the working labels of the round before; else with the annotations.
        calibrate: lay the confidence on probabilities whose temperature suits the validation set.
        confidence, keep_annotated, collapse, contradiction: see :func:`fuse`.
        soft, weight: how repaired pixels are taught; see :func:`trusted`, which the learner calls.
        stop_after: end the training of the round with the repair, as the released code does.

    Raises:
        ValueError: if a setting is out of its range.
    """

    def __init__(
        self,
        checks: int = 15,
        watched: int | None = 256,
        threshold: float = 0.05,
        first: int = 3,
        earliest: float = 0.0,
        at_latest: float | None = None,
        times: int = 1,
        base: Literal["annotation", "working"] = "annotation",
        carry: bool = True,
        confidence: float | Sequence[float] = 0.8,
        calibrate: bool = False,
        keep_annotated: bool = False,
        collapse: float = 0.5,
        contradiction: float = 1.0,
        soft: bool = False,
        weight: Weight = "one",
        stop_after: bool = False,
    ) -> None:
        if times < 1:
            raise ValueError(f"times={times}: at least 1; without a refinement (null) nothing is repaired")
        if first < 3:
            raise ValueError(f"first={first}: at least 3, the parameters of the curve")
        if checks < first:
            raise ValueError(f"checks={checks}: at least first={first}")
        if watched is not None and watched < 1:
            raise ValueError(f"watched={watched}: at least 1, or null for all")
        levels: Sequence[Any] = confidence if isinstance(confidence, Sequence) else [confidence]
        if not all(isinstance(level, (int, float)) and 0 <= level < 1 for level in levels):
            raise ValueError(f"confidence={confidence}: at least 0 and below 1")
        if not 0 <= earliest <= (1 if at_latest is None else at_latest):
            raise ValueError(f"earliest={earliest}: between 0 and at_latest={at_latest}")
        for key, share in (("at_latest", at_latest), ("collapse", collapse), ("contradiction", contradiction)):
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"{key}={share}: between 0 and 1")
        for key, value, choices in (("base", base, ("annotation", "working")), ("weight", weight, WEIGHTS)):
            if value not in choices:
                raise ValueError(f"{key}={value}: choose {', '.join(choices[:-1])} or {choices[-1]}")
        self.checks, self.watched, self.threshold, self.first = checks, watched, threshold, first
        self.earliest, self.at_latest, self.times, self.stop_after = earliest, at_latest, times, stop_after
        self.base, self.carry, self.calibrate = base, carry, calibrate
        self.soft, self.weight = soft, weight
        self.fusion: dict[str, Any] = {
            "confidence": confidence,
            "keep_annotated": keep_annotated,
            "collapse": collapse,
            "contradiction": contradiction,
        }
        self.curve: list[float] = []
        self.repairs: list[dict[str, Any]] = []
        self.repaired: dict[str, Tensor] = {}

    def check(self, classes: int) -> None:
        """Check that the settings suit the data.

        Raises:
            ValueError: if there are not as many confidences as classes.
        """
        levels = self.fusion["confidence"]
        if isinstance(levels, Sequence) and len(levels) != classes:
            raise ValueError(f"confidence={levels}: one number, or {classes}, one for each class")

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check the contract."""
        if self.calibrate and not _pool(trainer).split.val:
            raise ConfigError("a refinement of labels with calibrate=true needs a validation set, and there is none")

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Set the labels to begin with; restore the repairs of a fit that was killed and goes on."""
        pool = _pool(trainer)
        if not self.carry:
            pool.forget_working()
        self._relabel(pool)

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """At the end of an epoch, extend the curve, and repair if it has bent."""
        step, steps = trainer.global_step, trainer.max_steps
        if step % max(1, steps // self.checks) or len(self.repairs) >= self.times:
            return
        pool = _pool(trainer)
        with evaluating(pl_module):
            self.curve.append(self._student_miou(pl_module, pool))
            late = self.at_latest is not None and step >= self.at_latest * steps
            early = step < self.earliest * steps
            if late or (not early and has_bent(self.curve, self.threshold, self.first)):
                self._repair(pl_module, pool, step)
                self.curve = []  # the labels are others now
                trainer.should_stop |= self.stop_after

    def report(self) -> dict[str, Any]:
        """Report each repair: step, mIoU curve before it, and by image the pixels corrected and filled.

        Also the ids of the images whose repair was refused, and the ``temperature`` where there is calibration.
        """
        return {"refined": self.repairs}

    def state_dict(self) -> dict[str, Any]:
        """Curve, repairs and repaired labels."""
        return {"curve": self.curve, "repairs": self.repairs, "repaired": self.repaired}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore curve, repairs and repaired labels."""
        self.curve, self.repairs, self.repaired = (state_dict[key] for key in ("curve", "repairs", "repaired"))

    def _student_miou(self, learner: Any, pool: PoolDataModule) -> float:
        ids = pool.labelled
        ids = ids[:: math.ceil(len(ids) / (self.watched or len(ids)))]
        miou = MulticlassJaccardIndex(len(pool.dataset.classes), ignore_index=IGNORE).to(learner.device)
        labels = torch.from_numpy(pool.labels(ids)).to(learner.device).long()
        for rows, images in _batches(learner, pool, ids):
            miou.update(learner.student(images)[0].argmax(dim=1), labels[rows])
        known = float(miou.compute())  # NaN where nothing is annotated: then nothing is known
        return distributed.broadcast(0.0 if math.isnan(known) else 100 * known)

    def _repair(self, learner: Any, pool: PoolDataModule, step: int) -> None:
        ids = pool.labelled
        before = pool.annotations(ids) if self.base == "annotation" else pool.labels(ids)
        labels = torch.from_numpy(before).to(learner.device)
        heat = self._temperature(learner, pool) if self.calibrate else 1.0
        parts = []
        for rows, images in _batches(learner, pool, ids):
            probabilities = (learner.teacher(images)[0].float() / heat).softmax(dim=1)
            if (padded := pool.padding(ids[rows])) is not None:
                probabilities = probabilities.masked_fill(
                    padded.to(probabilities.device)[:, None], 0
                )  # sure of nothing
            parts.append(fuse(labels[rows], probabilities, **self.fusion))
        repaired = distributed.broadcast(torch.cat([part.labels for part in parts]).cpu())
        counts = {name: torch.cat([getattr(part, name) for part in parts]).tolist() for name in ("corrected", "filled")}
        rejected = torch.cat([part.rejected for part in parts]).tolist()
        self.repairs.append(
            {
                "step": step,
                "miou": self.curve,
                **({"temperature": heat} if self.calibrate else {}),
                "ids": list(ids),
                **counts,
                "rejected": [i for i, refused in zip(ids, rejected) if refused],
            }
        )
        self.repaired = dict(zip(ids, repaired))
        self._relabel(pool)

    def _temperature(self, learner: Any, pool: PoolDataModule) -> float:
        ids = pool.split.val
        logits = [learner.teacher(images)[0].cpu() for _, images in _batches(learner, pool, ids)]
        targets = torch.from_numpy(pool.dataset.targets[[pool.row(id_) for id_ in ids]])
        return distributed.broadcast(temperature(torch.cat(logits), targets))

    def _relabel(self, pool: PoolDataModule) -> None:
        if self.repaired:
            pool.relabel(list(self.repaired), np.stack([label.numpy() for label in self.repaired.values()]))


def _pool(trainer: pl.Trainer) -> PoolDataModule:
    pool: PoolDataModule = trainer.datamodule  # type: ignore[attr-defined]
    return pool


def _batches(learner: Any, pool: PoolDataModule, ids: Sequence[str]) -> Iterator[tuple[slice, Tensor]]:
    for start in range(0, len(ids), pool.eval_batch_size):
        rows = slice(start, start + pool.eval_batch_size)
        yield rows, learner.normalise(pool.images(ids[rows]).to(learner.device))
