"""Lightning takes over SIGTERM while it trains, ends the training quietly, and the run would seem to be done."""

from __future__ import annotations

import signal
import threading

import pytorch_lightning as pl


class RestoreSigterm(pl.Callback):
    """Puts the handler of SIGTERM back that was there when the callback was made.

    That is ours (`alseg.termination`), or of somebody who started this process and knows what to do: submitit has a job
    queued again and passes by the SIGTERM that comes along. On several ranks, Lightning's would also wait for the others
    inside the handler, each in a collective of its own.
    """

    def __init__(self) -> None:
        self.handler = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before the first step."""
        self._put_back()

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before the first batch."""
        self._put_back()

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before the first batch."""
        self._put_back()

    def on_predict_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Before the first batch."""
        self._put_back()

    def _put_back(self) -> None:
        # None: a handler that was not set from Python
        if self.handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.handler)
