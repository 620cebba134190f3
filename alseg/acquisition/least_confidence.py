"""Least confidence."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


def others(probabilities: Tensor) -> Tensor:
    """``(B, *spatial)`` sums of all class probabilities but the largest: 1 - max p, and not 0 where max p is nearly 1."""
    largest = probabilities.argmax(dim=1, keepdim=True)
    return probabilities.scatter(1, largest, 0).sum(dim=1)


class LeastConfidence(Acquisition):
    """One minus the largest mean class probability, ``1 - max_c p_c``, in [0, 1 - 1/C].

    Source: Lewis and Gale, "A Sequential Algorithm for Training Text Classifiers", SIGIR 1994.
    """

    def score(self, prediction: Prediction) -> Tensor:
        return others(prediction.mean)
