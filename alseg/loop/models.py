"""Models of a run: a new one for each round, the trained ones, and those that scan the pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytorch_lightning as pl

from alseg import randomness
from alseg.data.pool import PoolDataModule
from alseg.learners.learner import DataSpec, Learner
from alseg.loop.consecutive_rounds import ConsecutiveRounds
from alseg.loop.training import Training, load_weights
from alseg.runs.run_folder import RunFolder
from alseg.strategy import Strategy


@dataclass
class Models:
    """Makes, keeps and loads the learners of a run.

    Args:
        pool: the data.
        make_learner: an untrained learner for the data and a number of optimiser steps.
        training: prepares learners for the device.
        folder: where the checkpoints are.
        seed: of the initial weights.
    """

    pool: PoolDataModule
    make_learner: Callable[[DataSpec, int], Learner]
    training: Training
    folder: RunFolder
    seed: int
    _trained: Learner | None = field(default=None, init=False, repr=False)

    def untrained(self, round_: int) -> Learner:
        """A learner with the initial weights of a round, on no device yet."""
        drawn = 0 if self.training.config.weights_from == "same" else round_
        with randomness.seeded_torch(self.seed, drawn, "initial weights"):
            return self.make_learner(DataSpec.of(self.pool.dataset), self.training.config.steps)

    def to_train(self, round_: int) -> Learner:
        """Learner that the training of a round begins with, on the device."""
        learner = self.training.prepare(self.untrained(round_))
        if round_ > 0 and self.training.config.weights_from == "previous":
            load_weights(learner, self.folder.checkpoint(round_ - 1))
        return learner

    def keep(self, learner: Learner) -> None:
        """Keep a learner that was just trained as that of the last round."""
        self._trained = learner

    def trained(self, round_: int) -> Learner:
        """The learner of the last trained round: as this process trained it, or from its checkpoint."""
        if self._trained is None:
            self._trained = self._load(round_)
        return self._trained

    def for_scan(self, strategy: Strategy, round_: int) -> pl.LightningModule:
        """Model for the scan before the query of a round: the last one, its state at an earlier step, or the last two."""
        last = self.trained(round_ - 1)
        if not strategy.compares_rounds:
            return last.for_query() if strategy.compares_members else last
        return ConsecutiveRounds(self._load(round_ - 2) if round_ > 1 else None, last)

    def forget_outdated(self, strategy: Strategy, round_: int) -> None:
        """Remove the checkpoint that no later query needs, unless all are to be kept."""
        outdated = round_ - (2 if strategy.compares_rounds else 1)
        if self.training.config.checkpoints == "last" and outdated >= 0 and self.folder.writable:
            self.folder.checkpoint(outdated).unlink(missing_ok=True)

    def _load(self, round_: int) -> Learner:
        learner = self.training.prepare(self.untrained(round_))
        load_weights(learner, self.folder.checkpoint(round_))
        return learner
