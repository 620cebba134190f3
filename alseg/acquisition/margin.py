"""Margin between the two most probable classes."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.acquisition.least_confidence import others
from alseg.prediction import Prediction


class Margin(Acquisition):
    """One minus the gap between the two largest mean class probabilities, ``1 - (p_1 - p_2)``, in [0, 1].

    Source: Scheffer, Decomain and Wrobel, "Active Hidden Markov Models for Information Extraction", IDA 2001.
    """

    def score(self, prediction: Prediction) -> Tensor:
        second = prediction.mean.topk(2, dim=1).values[:, 1]
        return others(prediction.mean) + second  # 1 - (first - second), but not 0 where the first is 1
