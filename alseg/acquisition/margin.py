"""Margin between the two most probable classes."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class Margin(Acquisition):
    """One minus the gap between the two largest mean class probabilities, in [0, 1]: a small margin scores high."""

    def score(self, prediction: Prediction) -> Tensor:
        first, second = prediction.mean.topk(2, dim=1).values.unbind(dim=1)
        return 1 - (first - second)
