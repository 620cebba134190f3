"""Predicted share of foreground."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class Foreground(Acquisition):
    """The mean probability of any class but 0 over all pixels, in [0, 1]: the predicted share of foreground.

    It finds images with something to annotate, not uncertain ones: a weight for random draws.
    """

    tasks = frozenset({"segmentation"})

    def __init__(self) -> None:
        super().__init__()  # a share is the mean over all pixels, whatever other scores are reduced by

    def score(self, prediction: Prediction) -> Tensor:
        return prediction.mean[:, 1:].sum(dim=1)  # not 1 - p_0, which is 0 for a trace of foreground
