"""The models of two consecutive rounds, asked together."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch

from alseg.learners.learner import Batch, Learner
from alseg.prediction import Prediction


class ConsecutiveRounds(pl.LightningModule):
    """Shows each batch to both models, so that what they say can be compared before the next batch comes.

    Whatever their members are, each model answers with what it decides in the end (:meth:`Learner.final`).

    Args:
        previous: the model of the round before; None where there was none: then the current one takes its place, and
            the two agree everywhere.
        current: the last round's model.
    """

    def __init__(self, previous: Learner | None, current: Learner) -> None:
        super().__init__()
        self.previous = previous
        self.current = current

    def predict_step(self, batch: Batch, *_: Any) -> Prediction:
        """Logits ``(2, B, K, *spatial)`` of the previous and the current round, and the current features ``(B, D)``."""
        prediction = self.current.predict_step(batch)
        now = self.current.final(prediction)
        before = now if self.previous is None else self.previous.final(self.previous.predict_step(batch))
        return Prediction(torch.stack([before, now]), prediction.features)
