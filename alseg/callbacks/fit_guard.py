"""Guard of every fit of a run: right labels, right checkpoint, reproducible steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch

from alseg import distributed, randomness
from alseg.data.pool import PoolDataModule
from alseg.errors import RunFolderError
from alseg.learners.learner import Learner


class FitGuard(pl.Callback):
    """Ties a fit to its round.

    It makes sure that the learner is trained on this round's labels and on nothing else, that a checkpoint of another
    round or labelled set is never continued, and that everything random in a training step depends on seed, round and
    step alone, so that a fit that was killed and goes on ends with the same weights.

    Args:
        seed: of the run.
        round_: the round whose labels are trained on.
        labelled: the labelled ids of that round.
    """

    def __init__(self, *, seed: int, round_: int, labelled: Sequence[str]) -> None:
        if round_ < 0:
            raise ValueError(f"round_={round_}: rounds count from 0")
        if not labelled:
            raise ValueError("labelled is empty: there is nothing to train on")
        self.seed = seed
        self.round = round_
        self.labelled = tuple(labelled)

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Check that learner and data are those of an active-learning fit of this round."""
        if not isinstance(pl_module, Learner):
            raise TypeError(f"{type(pl_module).__name__} is no alseg Learner")
        pool = trainer.datamodule  # type: ignore[attr-defined]
        if not isinstance(pool, PoolDataModule):
            raise TypeError("an active-learning fit takes its data from a PoolDataModule: trainer.fit(learner, pool)")
        if pool.labelled != self.labelled or pool.round != self.round:
            raise ValueError("the pool serves another round's labels than the controller was made for")

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Seed PyTorch's generators for the step to come."""
        step = randomness.torch_seed(self.seed, self.round, "training step", trainer.global_step, distributed.rank())
        torch.manual_seed(step)

    def state_dict(self) -> dict[str, Any]:
        """Seed, round and labelled set, for the checkpoint."""
        return {"seed": self.seed, "round": self.round, "labelled": list(self.labelled)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Refuse to continue another fit.

        Raises:
            RunFolderError: if the checkpoint is of another seed, round or labelled set.
        """
        if state_dict != self.state_dict():
            raise RunFolderError(
                f"the checkpoint is of round {state_dict['round']} with {len(state_dict['labelled'])} labels (seed "
                f"{state_dict['seed']}), not of round {self.round} with these {len(self.labelled)} (seed {self.seed})"
            )
