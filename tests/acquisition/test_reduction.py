"""The reduction rules against values computed by hand."""

import pytest
import torch

from alseg.acquisition.reduction import Boundary, Foreground, Mean, TopQ

SCORES = torch.arange(16.0).reshape(1, 4, 4)


def probabilities(labels: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.one_hot(labels.long(), 2).movedim(-1, 1).float()


LEFT_COLUMN = torch.zeros(1, 4, 4)
LEFT_COLUMN[:, :, 0] = 1


def test_mean():
    assert Mean()(SCORES, probabilities(LEFT_COLUMN)).item() == 7.5


def test_foreground_looks_at_predicted_foreground_alone():
    assert Foreground()(SCORES, probabilities(LEFT_COLUMN)).item() == (0 + 4 + 8 + 12) / 4


def test_boundary_is_a_band_on_both_sides():
    # columns 0 and 1 touch the boundary at width 1; columns 0, 1, 2 at width 2
    assert Boundary(width=1)(SCORES, probabilities(LEFT_COLUMN)).item() == 6.5
    assert Boundary(width=2)(SCORES, probabilities(LEFT_COLUMN)).item() == 7


@pytest.mark.parametrize("rule", [Foreground(), Boundary()])
def test_an_image_without_foreground_falls_back_to_all_pixels(rule):
    both = torch.cat([torch.zeros(1, 4, 4), LEFT_COLUMN])
    scores = rule(SCORES.expand(2, 4, 4), probabilities(both))
    assert scores[0].item() == 7.5
    assert scores[1].item() != 7.5


def test_top_q():
    assert TopQ(0.25)(SCORES, probabilities(LEFT_COLUMN)).item() == (15 + 14 + 13 + 12) / 4
    assert TopQ(1e-6)(SCORES, probabilities(LEFT_COLUMN)).item() == 15
    assert TopQ(1.0)(SCORES, probabilities(LEFT_COLUMN)).item() == 7.5


@pytest.mark.parametrize(("rule", "value"), [(TopQ, 0), (TopQ, 1.5), (Boundary, 0)])
def test_impossible_settings(rule, value):
    with pytest.raises(ValueError, match=rf"^\w+={value}: "):
        rule(value)
