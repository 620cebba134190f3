"""Acquisitions that compare members, against values computed by hand."""

import math

import pytest
import torch
from scipy.spatial.distance import jensenshannon

from alseg.acquisition.bald import BALD
from alseg.acquisition.disagreement import Disagreement
from alseg.acquisition.variation_ratio import VariationRatio
from alseg.prediction import Prediction
from tests.helpers.predictions import prediction

ALL = [BALD(), Disagreement(), VariationRatio()]
NAMES = ["bald", "disagreement", "variation_ratio"]


def entropy(*probabilities: float) -> float:
    return -sum(p * math.log(p) for p in probabilities)


def random_members(members: int, images: int = 200, classes: int = 5, seed: int = 0) -> Prediction:
    """Members that are sometimes sure and sometimes not, and of one mind about half of the images."""
    generator = torch.Generator().manual_seed(seed)
    common = torch.randn(images, classes, generator=generator)
    own = torch.randn(members, images, classes, generator=generator)
    apart = torch.linspace(0, 0.6, images)[torch.randperm(images, generator=generator), None]
    sure = torch.linspace(0.1, 8, images)[:, None]
    return Prediction((common + own * apart) * sure, torch.zeros(images, 1))


def test_bald_by_hand():
    two = prediction([[0.9, 0.1]], [[0.3, 0.7]])
    assert BALD()(two).item() == pytest.approx(
        entropy(0.6, 0.4) - (entropy(0.9, 0.1) + entropy(0.3, 0.7)) / 2, abs=1e-6
    )


def test_bald_wants_members_that_are_sure_of_different_things_not_members_that_are_unsure():
    sure = prediction([[1 - 1e-7, 1e-7]], [[1e-7, 1 - 1e-7]])
    unsure = prediction([[0.5, 0.5]], [[0.5, 0.5]])
    assert BALD()(sure).item() == pytest.approx(math.log(2), abs=1e-5)
    assert BALD()(unsure).item() == 0


def test_bald_of_two_is_their_jensen_shannon_divergence():
    members = random_members(2)
    first, second = members.probabilities.double().numpy()
    expected = jensenshannon(first, second, axis=1) ** 2  # scipy gives the distance, its square root
    assert BALD()(members).numpy() == pytest.approx(expected, abs=2e-6)


def test_variation_ratio_is_the_share_of_those_who_differ_from_the_most_frequent():
    a, b, c = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]
    votes = torch.tensor([[a, a, a, a, a], [a, a, a, b, b], [a, b, c, b, a], [a, a, b, c, c]])  # image by image
    assert VariationRatio()(Prediction(votes.movedim(0, 1).log(), torch.zeros(4, 1))).tolist() == pytest.approx(
        [0, 2 / 5, 3 / 5, 3 / 5]
    )


def test_disagreement_by_hand():
    agree, differ = prediction([[0.9, 0.1]], [[0.6, 0.4]]), prediction([[0.9, 0.1]], [[0.4, 0.6]])
    js = [
        entropy(0.75, 0.25) - (entropy(0.9, 0.1) + entropy(0.6, 0.4)) / 2,
        entropy(0.65, 0.35) - (entropy(0.9, 0.1) + entropy(0.4, 0.6)) / 2,
    ]
    assert Disagreement()(agree).item() == pytest.approx(js[0] / math.log(2), abs=1e-6)
    assert Disagreement()(differ).item() == pytest.approx(1 + js[1] / math.log(2), abs=1e-6)


@pytest.mark.parametrize("members", [2, 3, 8])
def test_all_that_disagree_come_first_and_the_divergence_orders_both(members):
    several = random_members(members)
    scores, js = Disagreement()(several).numpy(), BALD()(several).numpy()
    votes = several.logits.argmax(dim=2).numpy()
    differ = (votes != votes[0]).any(axis=0)
    assert 20 < differ.sum() < 200
    assert (scores[differ] >= 1).all()
    assert (scores[~differ] < 1).all()
    assert (scores <= 2).all()
    assert scores - differ == pytest.approx(js / math.log(members), abs=1e-6)


def test_members_that_agree_stay_below_1_however_far_apart_the_rest_of_them_is():
    """Two members with the least possible mass in common: 1/C on the class that both predict."""
    classes = 1001
    first, second = torch.zeros(2, classes)
    first[1:501] = second[501:] = 0.999 / 500
    first[0] = second[0] = 0.003
    score = Disagreement()(Prediction(torch.stack([first, second])[:, None].clamp(min=1e-30).log(), torch.zeros(1, 1)))
    assert 0.9 < score.item() < 1


@pytest.mark.parametrize("acquisition", ALL, ids=NAMES)
def test_members_that_say_the_same_score_zero(acquisition):
    logits = torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(0)).expand(5, -1, -1)
    assert acquisition(Prediction(logits, torch.zeros(4, 1))).tolist() == pytest.approx([0] * 4, abs=1e-6)
    assert acquisition.min_members == 2


@pytest.mark.parametrize("acquisition", ALL, ids=NAMES)
def test_the_order_of_the_members_does_not_matter(acquisition):
    several = random_members(4)
    turned = Prediction(several.logits.flip(0), several.features)
    assert acquisition(several).tolist() == pytest.approx(acquisition(turned).tolist(), abs=1e-6)


@pytest.mark.parametrize("acquisition", ALL, ids=NAMES)
def test_certainty_is_finite(acquisition):
    logits = torch.tensor([[[1000.0, -1000.0]], [[-1000.0, 1000.0]]])
    assert acquisition(Prediction(logits, torch.zeros(1, 1))).isfinite().all()


@pytest.mark.parametrize("acquisition", ALL, ids=NAMES)
def test_segmentation_maps_become_one_score_per_image(acquisition):
    logits = torch.randn(3, 2, 4, 8, 6, generator=torch.Generator().manual_seed(0))
    scores = acquisition(Prediction(logits, torch.zeros(2, 1)))
    by_pixel = acquisition(Prediction(logits.movedim(2, -1).reshape(3, -1, 4), torch.zeros(1, 1)))
    assert scores.tolist() == pytest.approx(by_pixel.reshape(2, -1).mean(dim=1).tolist(), abs=1e-5)
