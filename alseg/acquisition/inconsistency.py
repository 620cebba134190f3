"""Share of the dropout members that change the predicted class."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class Inconsistency(Acquisition):
    """The share of the members that predict another class than the network does without dropout, from 0 to 1.

    Behind :class:`Threshold` just above one half, and around :class:`KMeans`, it is DropQuery.

    Source: Gupte et al., "Revisiting Active Learning in the Era of Vision Foundation Models", TMLR 2024, arXiv 2401.14555
    (there each image has dropout masks of its own; here the members share theirs over the images).
    """

    min_members = 2
    needs_plain = True
    tasks = frozenset({"classification"})

    def score(self, prediction: Prediction) -> Tensor:
        assert prediction.plain is not None
        classes = prediction.logits.argmax(dim=2)
        return (classes != prediction.plain.argmax(dim=1)).float().mean(dim=0)
