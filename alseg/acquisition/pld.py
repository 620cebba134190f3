"""Pseudo-label divergence."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class PseudoLabelDivergence(Acquisition):
    """The Kullback-Leibler divergence of the last member (the teacher) from the first (the student), per pixel.

    ``PLD = sum_c T_c (log T_c - log S_c)``, at least 0. It is largest where averaging over its own past, and over
    repaired labels, has taken the teacher farthest from the student.

    Source: Tang et al., "SEQUAL", Medical Image Analysis 111, 2026, 104048.
    """

    min_members = 2

    def score(self, prediction: Prediction) -> Tensor:
        student, teacher = prediction.logits[0].float(), prediction.logits[-1].float()
        log_s, log_t = student.log_softmax(dim=1), teacher.log_softmax(dim=1)
        divergence: Tensor = (log_t.exp() * (log_t - log_s)).sum(dim=1)
        return divergence.clamp(min=0)  # rounding alone can take it below
