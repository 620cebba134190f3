"""Cross-entropy + Dice against values computed by hand."""

import math

import pytest
import torch
from torch.nn import functional as F

from alseg.learners.losses import CrossEntropyDice


def logits_of(p: torch.Tensor) -> torch.Tensor:
    return torch.stack([1 - p, p], dim=1).log()


P = torch.tensor([[[0.2, 0.9]]])
T = torch.tensor([[[0, 1]]])


def test_by_hand():
    cross_entropy = -(math.log(0.8) + math.log(0.9)) / 2
    dice = (2 * 0.9 + 1) / (0.2 + 0.9 + 1 + 1)
    assert CrossEntropyDice(dice_weight=0)(logits_of(P), T).item() == pytest.approx(cross_entropy, abs=1e-6)
    assert CrossEntropyDice()(logits_of(P), T).item() == pytest.approx(cross_entropy + 1 - dice, abs=1e-6)


def test_the_first_term_is_pytorchs_cross_entropy():
    torch.manual_seed(0)
    logits, targets = torch.randn(2, 4, 5, 6), torch.randint(0, 4, (2, 5, 6))
    targets[0, :2] = 255
    expected = F.cross_entropy(logits, targets, ignore_index=255)
    assert CrossEntropyDice(dice_weight=0)(logits, targets).item() == pytest.approx(expected.item(), abs=1e-6)


def test_ignored_pixels_have_neither_value_nor_gradient():
    torch.manual_seed(0)
    logits = torch.randn(1, 3, 4, 4, requires_grad=True)
    targets = torch.randint(0, 3, (1, 4, 4))
    targets[:, :, 2:] = 255
    loss = CrossEntropyDice()(logits, targets)
    loss.backward()
    assert logits.grad is not None
    assert (logits.grad[..., 2:] == 0).all()
    assert logits.grad[..., :2].abs().sum() > 0
    other = logits.detach().clone()
    other[..., 2:] = 50
    assert CrossEntropyDice()(other, targets).item() == pytest.approx(loss.item(), abs=1e-6)


def test_nothing_annotated_costs_nothing():
    logits = torch.randn(1, 2, 4, 4, requires_grad=True)
    loss = CrossEntropyDice()(logits, torch.full((1, 4, 4), 255))
    loss.backward()
    assert loss.item() == 0
    assert (logits.grad == 0).all()


def test_it_is_computed_in_float32_under_autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = CrossEntropyDice()(logits_of(P).bfloat16(), T)
    assert loss.dtype == torch.float32


def test_pixels_may_count_for_less():
    """Halving the weight of the second pixel halves its share of every sum."""
    weight = torch.tensor([[[1.0, 0.5]]])
    cross_entropy = -(math.log(0.8) + 0.5 * math.log(0.9)) / 2
    dice = (2 * 0.5 * 0.9 + 1) / (0.2 + 0.5 * 0.9 + 0.5 * 1 + 1)
    assert CrossEntropyDice(dice_weight=0)(logits_of(P), T, weight).item() == pytest.approx(cross_entropy, abs=1e-6)
    assert CrossEntropyDice()(logits_of(P), T, weight).item() == pytest.approx(cross_entropy + 1 - dice, abs=1e-6)


def test_targets_may_be_probabilities():
    q = torch.tensor([[[[0.7, 0.0]], [[0.3, 0.0]]]])  # the second pixel is ignored
    expected = -(0.7 * math.log(0.8) + 0.3 * math.log(0.2))
    assert CrossEntropyDice(dice_weight=0)(logits_of(P), q).item() == pytest.approx(expected, abs=1e-6)
    sure = F.one_hot(T, 2).movedim(-1, 1).float()
    assert CrossEntropyDice()(logits_of(P), sure).item() == pytest.approx(CrossEntropyDice()(logits_of(P), T).item())
