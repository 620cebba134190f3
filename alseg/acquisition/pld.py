"""Pseudo-label divergence."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.acquisition.divergence import kullback_leibler
from alseg.prediction import Prediction


class PseudoLabelDivergence(Acquisition):
    """The Kullback-Leibler divergence of the last member (the teacher) from the first (the student), per pixel.

    ``PLD = sum_c T_c (log T_c - log S_c)``, at least 0. It is largest where averaging over its own past, and over
    repaired labels, has taken the teacher farthest from the student.

    Source: Tang et al., "SEQUAL", Medical Image Analysis 111, 2026, 104048.
    """

    min_members = 2
    exact = True

    def score(self, prediction: Prediction) -> Tensor:
        student, teacher = prediction.logits[0].float(), prediction.logits[-1].float()
        return kullback_leibler(teacher.log_softmax(dim=1), student.log_softmax(dim=1), dim=1)
