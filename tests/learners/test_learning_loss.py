"""A second head that learns which images will cost the most."""

import itertools

import pytest
import torch

from alseg.errors import ConfigError
from alseg.learners.learning_loss import ranking_loss
from tests.helpers.classifiers import LIGHT, batch, classifier, images


def learning_loss(*overrides: str, **options):
    return classifier(*LIGHT, *overrides, name="learning_loss", **options)


class Nothing(torch.nn.Module):
    def forward(self, logits, targets):
        return 0 * logits.sum()


def by_pairs(predicted, losses, margin):
    """The formula, pair by pair."""
    terms = [
        max(0.0, float(-torch.sign(li - lj) * (hi - hj)) + margin) if li != lj else 0.0
        for (hi, li), (hj, lj) in itertools.combinations(zip(predicted, losses), 2)
    ]
    return sum(terms) / max(len(terms), 1)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_the_ranking_loss_is_that_of_the_formula(n):
    torch.manual_seed(n)
    predicted, losses = torch.randn(n), torch.rand(n)
    assert ranking_loss(predicted, losses, 1.0).item() == pytest.approx(by_pairs(predicted, losses, 1.0), abs=1e-6)


def test_by_hand():
    losses = torch.tensor([3.0, 1.0])
    assert ranking_loss(torch.tensor([2.0, 0.5]), losses, 1.0) == 0  # right, and further apart than the margin
    assert ranking_loss(torch.tensor([0.7, 0.5]), losses, 1.0) == pytest.approx(0.8)
    assert ranking_loss(torch.tensor([0.0, 0.5]), losses, 1.0) == pytest.approx(1.5)
    assert ranking_loss(torch.tensor([0.0, 9.0]), torch.ones(2), 1.0) == 0  # nothing to rank


def test_predictions_come_with_a_loss():
    learner = learning_loss().eval()
    learner.try_out()
    data = {"image": images(5)}
    prediction = learner.predict_step(data)
    assert prediction.logits.shape == (1, 5, 3)
    assert prediction.loss is not None
    assert prediction.loss.shape == (5,)
    assert torch.allclose(prediction.loss, learner.loss_head(prediction.features)[:, 0])


@pytest.mark.parametrize(("step", "shapes"), [(0, True), (5, True), (6, False), (9, False)])
def test_after_a_while_the_second_head_no_longer_shapes_the_backbone(step, shapes, monkeypatch):
    learner = learning_loss("learner.weight=1000", steps=10)
    monkeypatch.setattr(type(learner), "global_step", step)
    learner.loss = Nothing()
    learner.training_step(batch(6)).backward()
    moved = sum(p.grad.abs().sum() for p in learner.network.backbone.parameters() if p.grad is not None)
    assert bool(moved > 0) is shapes
    assert sum(p.grad.abs().sum() for p in learner.loss_head.parameters()) > 0


def test_the_targets_of_the_ranking_are_no_way_to_lower_it():
    """The losses are what they are: only the predictions of them are trained by the ranking."""
    learner = learning_loss(steps=10)
    learner.weight = 1.0
    learner.loss = Nothing()
    learner.training_step(batch(6)).backward()
    assert float(learner.network.head.weight.grad.abs().sum()) == 0


@pytest.mark.slow
def test_the_head_learns_the_order_of_losses():
    torch.manual_seed(0)
    learner = learning_loss("learner.detach_after=0")
    features, losses = torch.randn(64, learner.network.dimensions), torch.rand(64)
    losses = losses + features[:, 0]
    optimiser = torch.optim.Adam(learner.loss_head.parameters(), lr=1e-2)
    values = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = ranking_loss(learner.loss_head(features).squeeze(1), losses, 1.0)
        loss.backward()
        optimiser.step()
        values.append(loss.item())
    assert values[-1] < 0.2 * values[0]


@pytest.mark.parametrize(("key", "value"), [("hidden", 0), ("weight", -1), ("margin", -0.5), ("detach_after", 1.5)])
def test_settings_out_of_range(key, value):
    with pytest.raises(ConfigError, match=rf"^learner\.{key}={value}: "):
        learning_loss(f"learner.{key}={value}")
