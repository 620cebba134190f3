"""Base class of acquisitions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from alseg.acquisition.reduction import Mean, Reduction
from alseg.errors import QueryError
from alseg.prediction import Prediction


class Acquisition(ABC):
    """Scores a batch of images; higher is more informative.

    Args:
        reduction: turns a map of pixel scores into one score per image; without effect on classification.
    """

    min_members: ClassVar[int] = 1
    """Least number of members for which this score is defined."""
    compares_rounds: ClassVar[bool] = False
    """True if its members must be the final decisions of the last two rounds' models, the older first."""
    exact: ClassVar[bool] = False
    """True if members that are nearly equal are subtracted, so that the networks must predict in float32, not in bfloat16."""
    needs_loss: ClassVar[bool] = False
    """True if it needs the loss that a learner predicts."""
    needs_plain: ClassVar[bool] = False
    """True if it compares the members with the network that they are parts of."""
    tasks: ClassVar[frozenset[str]] = frozenset({"segmentation", "classification"})
    """Tasks for which this score is defined."""

    def __init__(self, reduction: Reduction | None = None) -> None:
        self.reduction = Mean() if reduction is None else reduction

    @abstractmethod
    def score(self, prediction: Prediction) -> Tensor:
        """``(B, *spatial)`` scores, one per pixel for segmentation and one per image for classification."""

    def __call__(self, prediction: Prediction) -> Tensor:
        """``(B,)`` float32 scores on the prediction's device, without autocast.

        Raises:
            QueryError: if a score is not finite.
        """
        with torch.autocast(prediction.logits.device.type, enabled=False):
            scores = self.score(prediction)
            if scores.ndim > 1:
                scores = self.reduction(scores, prediction.mean)
        return self._finite(scores)

    def by_class(self, prediction: Prediction) -> Tensor:
        """``(B, C)`` float32 scores of each class: the scores times its probability, reduced in the same way.

        Raises:
            QueryError: if a score is not finite.
        """
        with torch.autocast(prediction.logits.device.type, enabled=False):
            scores = self.score(prediction).unsqueeze(1) * prediction.mean
            if scores.ndim > 2:
                scores = torch.stack([self.reduction(s, prediction.mean) for s in scores.unbind(dim=1)], dim=1)
        return self._finite(scores)

    def _finite(self, scores: Tensor) -> Tensor:
        if not bool(scores.isfinite().all()):
            raise QueryError(f"acquisition {type(self).__name__}: a score is not finite; did the training diverge?")
        return scores
