"""Predictive entropy."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class Entropy(Acquisition):
    """Entropy of the mean class probabilities over its maximum: ``-sum p log p / log C``, in [0, 1].

    Source: Settles, "Active Learning Literature Survey", University of Wisconsin-Madison, 2009.
    """

    def score(self, prediction: Prediction) -> Tensor:
        entropy: Tensor = torch.special.entr(prediction.mean).sum(dim=1)
        return entropy / math.log(prediction.mean.shape[1])
