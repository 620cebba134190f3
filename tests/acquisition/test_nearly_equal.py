"""Scores that are differences of nearly equal numbers, against double precision, under autocast too."""

import pytest
import torch

from alseg.acquisition.bald import BALD
from alseg.acquisition.disagreement import Disagreement
from alseg.acquisition.divergence import kullback_leibler
from alseg.acquisition.foreground import Foreground
from alseg.acquisition.least_confidence import LeastConfidence
from alseg.acquisition.margin import Margin
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.acquisition.pld_rounds import RoundDivergence
from alseg.prediction import Prediction


def members(apart: float, count: int = 2, pixels: int = 4) -> Prediction:
    """Members whose logits differ by ``apart`` or so, as those of a student and a teacher that has caught up."""
    generator = torch.Generator().manual_seed(0)
    common = 3 * torch.randn(1, 16, 3, pixels, pixels, generator=generator)
    own = apart * torch.randn(count, 16, 3, pixels, pixels, generator=generator)
    return Prediction(common + own, torch.zeros(16, 1))


def exact(prediction: Prediction) -> tuple[torch.Tensor, torch.Tensor]:
    """``(16,)`` PLD and BALD of an image, by the textbook in double precision."""
    logs = prediction.logits.double().log_softmax(dim=2)
    pld = (logs[-1].exp() * (logs[-1] - logs[0])).sum(dim=1)
    mean = logs.exp().mean(dim=0)
    bald = -(mean * mean.log()).sum(dim=1) + (logs.exp() * logs).sum(dim=2).mean(dim=0)
    return pld.flatten(1).mean(dim=1), bald.flatten(1).mean(dim=1)


@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("apart", [1e-3, 1e-1, 3.0])
def test_divergences_of_members_that_are_nearly_equal(apart, autocast):
    two, five = members(apart), members(apart, 5)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        scores = PseudoLabelDivergence()(two), BALD()(five)
    assert scores[0].tolist() == pytest.approx(exact(two)[0].tolist(), rel=2e-3)
    assert scores[1].tolist() == pytest.approx(exact(five)[1].tolist(), rel=2e-3)
    assert all(score.dtype == torch.float32 for score in scores)


def test_divergence_by_hand():
    p, q = torch.tensor([[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]]), torch.tensor([[0.25, 0.75], [0.5, 0.5], [0.25, 0.75]])
    expected = [
        0.5 * torch.log(torch.tensor(2.0)) + 0.5 * torch.log(torch.tensor(2 / 3)),
        torch.log(torch.tensor(2.0)),
        0,
    ]
    assert kullback_leibler(p.log().clamp(min=-200), q.log(), dim=1).tolist() == pytest.approx(
        [float(e) for e in expected]
    )


@pytest.mark.parametrize("acquisition", [Margin(), LeastConfidence()], ids=["margin", "least_confidence"])
def test_images_that_the_model_is_sure_of_keep_their_order(acquisition):
    """Odds of 10 million to 1 and more: 1 - p is 0 for all of them in float32."""
    odds = torch.tensor([17.0, 18, 19, 25, 40])
    sure = Prediction(torch.stack([odds, torch.zeros(5)], dim=1)[None], torch.zeros(5, 1))
    factor = 2 if isinstance(acquisition, Margin) else 1  # 1 - (p - q) = 2q where p + q = 1
    expected = factor * torch.exp(-odds.double()) / (1 + torch.exp(-odds.double()))
    assert acquisition(sure).tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def test_a_trace_of_foreground_is_not_rounded_away():
    logits = torch.tensor([20.0, 0.0, 1.0]).reshape(1, 1, 3, 1, 1)
    p = logits.double().flatten().softmax(dim=0)
    assert Foreground()(Prediction(logits, torch.zeros(1, 1))).item() == pytest.approx(float(p[1] + p[2]), rel=1e-5)


def test_what_compares_members_says_that_it_needs_the_networks_in_float32():
    assert all(a.exact for a in (PseudoLabelDivergence, RoundDivergence, BALD, Disagreement))
    assert not any(a.exact for a in (Margin, LeastConfidence, Foreground))
