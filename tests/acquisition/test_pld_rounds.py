"""Pseudo-label divergence between rounds against values computed by hand."""

import math

import pytest
import torch

from alseg.acquisition.pld_rounds import RoundDivergence
from alseg.loop.consecutive_rounds import ConsecutiveRounds
from tests.helpers.discs import make_dataset
from tests.helpers.segmenters import images, segmenter
from tests.helpers.tiny_learner import tiny_learner

IMAGES = torch.from_numpy(make_dataset(n=3).images)


def certain(*probabilities: float):
    """A learner that says the same everywhere."""
    learner = tiny_learner(make_dataset(n=1)).eval()
    learner.head.weight.data.zero_()
    learner.head.bias.data = torch.tensor(probabilities).log()
    return learner


def scores(previous, current):
    with torch.inference_mode():
        return RoundDivergence()(ConsecutiveRounds(previous, current).eval().predict_step({"image": IMAGES}))


def test_the_new_rounds_divergence_from_the_old_by_hand():
    expected = 0.8 * math.log(0.8 / 0.5) + 0.2 * math.log(0.2 / 0.5)
    assert scores(certain(0.5, 0.5), certain(0.8, 0.2)).tolist() == pytest.approx([expected] * 3, abs=1e-6)
    reverse = 0.5 * math.log(0.5 / 0.8) + 0.5 * math.log(0.5 / 0.2)
    assert scores(certain(0.8, 0.2), certain(0.5, 0.5)).tolist() == pytest.approx([reverse] * 3, abs=1e-6)


def test_identical_models_and_a_first_round_score_zero():
    first, second = (tiny_learner(make_dataset(n=1), seed=3).eval() for _ in range(2))
    assert scores(first, second).tolist() == [0, 0, 0]
    assert scores(None, first).tolist() == [0, 0, 0]


def test_certainty_that_turns_round_is_finite():
    sure, other = certain(0.5, 0.5), certain(0.5, 0.5)
    sure.head.bias.data, other.head.bias.data = torch.tensor([300.0, -300.0]), torch.tensor([-300.0, 300.0])
    assert scores(sure, other).tolist() == [600, 600, 600]


SMALL = ("learner.encoder=test_efficientnet", "learner.weights=none")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["segmenter", "sequal"])
def test_each_model_speaks_as_the_one_that_segments(name):
    previous, current = (segmenter(f"learner={name}", *SMALL).eval() for _ in range(2))
    for learner in (previous, current):
        for network in learner.networks():
            torch.nn.init.normal_(next(network.parameters()))  # student and teacher, or they would be alike
    batch = {"image": images()}
    with torch.inference_mode():
        together = ConsecutiveRounds(previous, current).eval().predict_step(batch)
        alone = [learner.predict_step(batch) for learner in (previous, current)]
    assert together.logits.shape == (2, 2, 3, 64, 96)
    for member, prediction in zip(together.probabilities, alone):
        torch.testing.assert_close(member, prediction.probabilities[-1])  # the only member, or the teacher
    assert torch.equal(together.features, alone[1].features)
    assert not torch.equal(alone[0].features, alone[1].features)


def test_members_without_a_teacher_decide_by_their_mean_probabilities():
    learner = tiny_learner(make_dataset(n=1)).eval()
    with torch.inference_mode():
        prediction = learner.predict_step({"image": IMAGES})
        several = type(prediction)(
            torch.cat([prediction.logits, prediction.logits.roll(1, 2) * 3]), prediction.features
        )
    torch.testing.assert_close(learner.final(several).softmax(dim=1), several.mean)
