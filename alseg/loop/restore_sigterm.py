"""Undo Lightning's handling of SIGTERM, which would end a training quietly, so that the run seems done."""

from __future__ import annotations

import signal
import threading

import pytorch_lightning as pl


class RestoreSigterm(pl.Callback):
    """Restores the handler of SIGTERM that was installed when the callback was made.

    That is alseg's own (`alseg.termination`), or one of whoever started this process: submitit's has a job queued again
    and ignores the SIGTERM that comes along. On several ranks, Lightning's would also wait for the others
    inside the handler, each in a collective of its own.
    """

    def __init__(self) -> None:
        self.handler = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Restore the handler before the first step."""
        self._put_back()

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Restore the handler before the first batch."""
        self._put_back()

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Restore the handler before the first batch."""
        self._put_back()

    def on_predict_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Restore the handler before the first batch."""
        self._put_back()

    def _put_back(self) -> None:
        # None: a handler that was not set from Python
        if self.handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.handler)
