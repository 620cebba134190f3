"""Variation ratio."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class VariationRatio(Acquisition):
    """The share of the members that predict another class than the most frequent one, from 0 to 1 - 1/min(M, C).

    There are no more than M different values, so many images share one; :class:`Top` breaks ties at random.

    Source: Gal, Islam and Ghahramani, "Deep Bayesian Active Learning with Image Data", ICML 2017, after Freeman, 1965.
    """

    min_members = 2

    def score(self, prediction: Prediction) -> Tensor:
        classes = prediction.probabilities.argmax(dim=2)
        return (classes != classes.mode(dim=0).values).float().mean(dim=0)
