"""The Callback that repairs the labelled set in the middle of a fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torchmetrics.classification import MulticlassJaccardIndex

from alseg import distributed
from alseg.data.dataset import IGNORE
from alseg.errors import ConfigError
from alseg.pool import PoolDataModule
from alseg.refinement.fusion import fuse
from alseg.refinement.saturation import has_bent


class SelfRefinement(pl.Callback):
    """Watches how well the student knows its labels, and has the teacher repair them once that curve has bent.

    A round is divided into ``checks`` epochs. After each, the mIoU (percent) of the student against the working labels
    joins the curve; when :func:`has_bent` says so, :func:`fuse` repairs every labelled image with the teacher's
    prediction, and the training goes on with the repaired labels, which later rounds keep. The learner must have
    ``student(images)`` and ``teacher(images)`` with logits first.

    Args:
        checks: epochs of a round.
        threshold: largest curvature of a bent curve, percent per epoch squared.
        first: epochs before the first fit of the curve.
        at_latest: share of the round after which to repair in any case; None leaves it to the curve alone.
        times: how often a round may repair.
        confidence, keep_annotated, collapse: see :func:`fuse`.
        stop_after: end the training of the round with the repair, as the released code does.

    Raises:
        ConfigError: if a setting is out of its range.
    """

    def __init__(
        self,
        checks: int = 15,
        threshold: float = 0.05,
        first: int = 3,
        at_latest: float | None = None,
        times: int = 1,
        confidence: float = 0.8,
        keep_annotated: bool = False,
        collapse: float = 0.5,
        stop_after: bool = False,
    ) -> None:
        if checks < first:
            raise ConfigError(f"learner.refine.checks={checks}: at least learner.refine.first={first}")
        if not 0 <= confidence < 1:
            raise ConfigError(f"learner.refine.confidence={confidence}: at least 0 and below 1")
        self.checks, self.threshold, self.first = checks, threshold, first
        self.at_latest, self.times, self.stop_after = at_latest, times, stop_after
        self.fusion = {"confidence": confidence, "keep_annotated": keep_annotated, "collapse": collapse}
        self.curve: list[float] = []
        self.repairs: list[dict[str, Any]] = []
        self.repaired: dict[str, Tensor] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take up the repairs of a fit that was killed and goes on."""
        self._relabel(_pool(trainer))

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """At the end of an epoch, look at the curve."""
        step, steps = trainer.global_step, trainer.max_steps
        if step % max(1, steps // self.checks) or len(self.repairs) >= self.times:
            return
        pool = _pool(trainer)
        with _evaluating(pl_module):
            self.curve.append(self._student_miou(pl_module, pool))
            late = self.at_latest is not None and step >= self.at_latest * steps
            if late or has_bent(self.curve, self.threshold, self.first):
                self._repair(pl_module, pool, step)
                self.curve = []  # the labels are others now
                trainer.should_stop |= self.stop_after

    def report(self) -> dict[str, Any]:
        """For the ledger: after which mIoU curve, at which step labels were repaired, and pixels corrected and filled per image."""
        return {"refined": self.repairs}

    def state_dict(self) -> dict[str, Any]:
        """Curve, repairs and repaired labels."""
        return {"curve": self.curve, "repairs": self.repairs, "repaired": self.repaired}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The reverse."""
        self.curve, self.repairs, self.repaired = (state_dict[key] for key in ("curve", "repairs", "repaired"))

    def _student_miou(self, learner: Any, pool: PoolDataModule) -> float:
        ids = pool.labelled
        miou = MulticlassJaccardIndex(len(pool.dataset.classes), ignore_index=IGNORE).to(learner.device)
        labels = torch.from_numpy(pool.labels(ids)).to(learner.device).long()
        for rows, images in _batches(learner, pool, ids):
            miou.update(learner.student(images)[0].argmax(dim=1), labels[rows])
        return distributed.broadcast(100 * float(miou.compute()))

    def _repair(self, learner: Any, pool: PoolDataModule, step: int) -> None:
        ids = pool.labelled
        labels = torch.from_numpy(pool.labels(ids)).to(learner.device)
        parts = [
            fuse(labels[rows], learner.teacher(images)[0].float().softmax(dim=1), **self.fusion)  # type: ignore[arg-type]
            for rows, images in _batches(learner, pool, ids)
        ]
        repaired = distributed.broadcast(torch.cat([part.labels for part in parts]).cpu())
        counts = {name: torch.cat([getattr(part, name) for part in parts]).tolist() for name in ("corrected", "filled")}
        rejected = torch.cat([part.rejected for part in parts]).tolist()
        self.repairs.append(
            {
                "step": step,
                "miou": self.curve,
                "ids": list(ids),
                **counts,
                "rejected": [i for i, refused in zip(ids, rejected) if refused],
            }
        )
        self.repaired = dict(zip(ids, repaired))
        self._relabel(pool)

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


@contextmanager
def _evaluating(learner: pl.LightningModule) -> Iterator[None]:
    """In evaluation mode and without gradients; afterwards the learner trains as before."""
    learner.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        learner.train()
