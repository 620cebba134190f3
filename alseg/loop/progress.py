"""The progress bars of a round."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar
from rich.progress import ProgressColumn

from alseg.sweeps.current import bar_prefix

NARROW = 100
"""Columns of a terminal below which the bar itself is left out: numbers, time and loss take the room."""


class RoundProgress(RichProgressBar):
    """Lightning's bars with the loop's terms: a fit is one training, a prediction is a scan; they leave nothing behind.

    In a sweep whose runs follow each other, they begin with its progress, since a terminal has room for one live line.

    Args:
        title: which round it is, ``round 1/4``.
        options: of Lightning's bar.
    """

    def __init__(self, title: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.title = title

    @property
    def predict_description(self) -> str:
        """Name of the bar of the pass over the pool."""
        return self._named("scanning")

    @property
    def validation_description(self) -> str:
        return self._named("validating")

    @property
    def test_description(self) -> str:
        return self._named("testing")

    def configure_columns(self, trainer: pl.Trainer) -> list[ProgressColumn]:
        description, bar, batches, time, _speed = super().configure_columns(trainer)
        wide = self._console is None or self._console.width >= NARROW
        return [description, *([bar] if wide else []), batches, time]

    def _init_progress(self, trainer: pl.Trainer) -> None:
        super()._init_progress(trainer)
        if self.progress is not None:
            self.progress.live.transient = True  # a round is told by one line; its bars need not stay above it

    def _get_train_description(self, current_epoch: int) -> str:
        # Lightning's own says "Epoch 0/0". Should it rename this method, that is what would be shown again.
        return self._named("training")

    def _named(self, what: str) -> str:
        return f"{bar_prefix()}{self.title} {what}".strip()
