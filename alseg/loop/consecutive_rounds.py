"""Joint predictions of the models of two consecutive rounds."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch

from alseg.learners.learner import Learner
from alseg.prediction import Batch, Prediction


class ConsecutiveRounds(pl.LightningModule):
    """Predicts each batch with both models, so that they can be compared batch by batch.

    Each model counts as one member, by its final decision (:meth:`Learner.final`).

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
