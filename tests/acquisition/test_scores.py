"""Every acquisition against values computed by hand."""

import math

import pytest
import torch

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.least_confidence import LeastConfidence
from alseg.acquisition.margin import Margin
from alseg.acquisition.predicted_loss import PredictedLoss
from alseg.errors import QueryError
from alseg.prediction import Prediction
from tests.helpers.predictions import prediction

P = prediction([[0.5, 0.5, 1e-9], [0.7, 0.2, 0.1]])


def test_entropy_is_normalised_by_its_maximum():
    uniform = prediction([[0.25, 0.25, 0.25, 0.25]])
    assert Entropy()(uniform).item() == pytest.approx(1)
    expected = [
        math.log(2) / math.log(3),
        -(0.7 * math.log(0.7) + 0.2 * math.log(0.2) + 0.1 * math.log(0.1)) / math.log(3),
    ]
    assert Entropy()(P).tolist() == pytest.approx(expected, abs=1e-6)


def test_entropy_of_a_certain_prediction_is_zero_not_nan():
    certain = Prediction(torch.tensor([[[1000.0, -1000.0]]]), torch.zeros(1, 1))
    assert Entropy()(certain).tolist() == [0]


def test_margin_scores_a_small_gap_high():
    assert Margin()(P).tolist() == pytest.approx([1.0, 0.5], abs=1e-6)


def test_least_confidence():
    assert LeastConfidence()(P).tolist() == pytest.approx([0.5, 0.3], abs=1e-6)


@pytest.mark.parametrize("acquisition", [Entropy(), Margin(), LeastConfidence()])
def test_members_are_averaged_before_scoring(acquisition):
    two = prediction([[0.9, 0.1]], [[0.3, 0.7]])
    one = prediction([[0.6, 0.4]])
    assert acquisition(two).item() == pytest.approx(acquisition(one).item(), abs=1e-6)


@pytest.mark.parametrize("acquisition", [Entropy(), Margin(), LeastConfidence()])
def test_segmentation_maps_become_one_score_per_image(acquisition):
    logits = torch.randn(2, 3, 4, 8, 6, generator=torch.Generator().manual_seed(0))
    scores = acquisition(Prediction(logits, torch.zeros(3, 1)))
    by_pixel = acquisition(Prediction(logits.movedim(2, -1).reshape(2, -1, 4), torch.zeros(1, 1)))
    assert scores.shape == (3,)
    assert scores.tolist() == pytest.approx(by_pixel.reshape(3, -1).mean(dim=1).tolist(), abs=1e-5)


def test_the_predicted_loss_is_the_score_as_it_is():
    loss = torch.tensor([0.5, -3.0, 20.0], dtype=torch.bfloat16)
    scores = PredictedLoss()(Prediction(torch.zeros(1, 3, 2), torch.zeros(3, 1), loss=loss))
    assert scores.tolist() == [0.5, -3, 20]
    assert scores.dtype == torch.float32


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_not_finite_is_an_error(value):
    with pytest.raises(QueryError, match="Entropy.*not finite"):
        Entropy()(Prediction(torch.full((1, 2, 3, 4, 4), value), torch.zeros(2, 1)))
