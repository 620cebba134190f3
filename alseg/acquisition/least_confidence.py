"""Least confidence."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class LeastConfidence(Acquisition):
    """One minus the largest mean class probability, in [0, 1 - 1/C]."""

    def score(self, prediction: Prediction) -> Tensor:
        return 1 - prediction.mean.amax(dim=1)
