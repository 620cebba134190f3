"""Checkpoints in the middle of a fit, from which a killed training goes on."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint


class FitCheckpoint(ModelCheckpoint):
    """Saves, but never at a step with a validation behind it, nor at the last step of the fit.

    Lightning would skip a validation that was due at the checkpoint's step, and has nothing to train, and so no loss,
    when it goes on from the last step.
    """

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        """Save if it is time to, unless the step is one of these."""
        every = trainer.val_check_batch if trainer.enable_validation else None
        last = trainer.global_step == trainer.max_steps or trainer.should_stop
        if not last and not (every and trainer.global_step % int(every) == 0):
            super().on_train_batch_end(trainer, *args)
