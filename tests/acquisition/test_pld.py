"""Pseudo-label divergence against values computed by hand."""

import math

import pytest
import torch

from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.prediction import Prediction


def pair(student: list[float], teacher: list[float]) -> Prediction:
    return Prediction(torch.tensor([[student], [teacher]]).log(), torch.zeros(1, 1))


def test_by_hand():
    expected = 0.8 * math.log(0.8 / 0.5) + 0.2 * math.log(0.2 / 0.5)
    assert PseudoLabelDivergence()(pair([0.5, 0.5], [0.8, 0.2])).item() == pytest.approx(expected, abs=1e-6)


def test_it_is_the_teachers_divergence_from_the_student_not_the_reverse():
    there, back = (
        PseudoLabelDivergence()(pair(*p)).item() for p in [([0.9, 0.1], [0.5, 0.5]), ([0.5, 0.5], [0.9, 0.1])]
    )
    assert there == pytest.approx(0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1), abs=1e-6)
    assert there != pytest.approx(back, abs=1e-3)


def test_identical_networks_score_zero():
    logits = torch.randn(1, 2, 3, 8, 8).expand(2, -1, -1, -1, -1)
    assert PseudoLabelDivergence()(Prediction(logits, torch.zeros(2, 1))).tolist() == [0, 0]


def test_an_image_scores_the_mean_over_its_pixels():
    torch.manual_seed(0)
    logits = torch.randn(2, 1, 2, 4, 4)
    by_pixel = PseudoLabelDivergence()(Prediction(logits.movedim(2, -1).reshape(2, 16, 2), torch.zeros(16, 1)))
    assert PseudoLabelDivergence()(Prediction(logits, torch.zeros(1, 1))).item() == pytest.approx(
        by_pixel.mean().item(), abs=1e-6
    )
