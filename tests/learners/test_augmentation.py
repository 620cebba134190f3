"""Augmentation moves image and target together."""

import pytest
import torch

from alseg.learners.augmentation import Augmentation
from tests.helpers.augmentations import OFF


def blob(n: int = 16, height: int = 40, width: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """An off-centre bright box, of class 1."""
    targets = torch.zeros(n, height, width, dtype=torch.uint8)
    targets[:, 8:20, 10:40] = 1
    return targets.unsqueeze(1) * 200, targets


def test_off_is_the_identity():
    images, targets = blob()
    moved, labels = Augmentation(**OFF)(images, targets)
    assert torch.equal(moved, images.float())
    assert torch.equal(labels, targets)


@pytest.mark.parametrize(("key", "axis"), [("flip_horizontal", -1), ("flip_vertical", -2)])
def test_flips(key, axis):
    images, targets = blob(4)
    moved, labels = Augmentation(**(OFF | {key: 1.0}))(images, targets)
    assert torch.allclose(moved, images.float().flip(axis), atol=1e-3)
    assert torch.equal(labels.to(torch.uint8), targets.flip(axis))


@pytest.mark.parametrize("key", ["rotate", "scale", "shift"])
def test_image_and_target_move_alike_and_differently_per_image(key):
    torch.manual_seed(0)
    images, targets = blob()
    moved, labels = Augmentation(**(OFF | {key: {"rotate": 30.0, "scale": 0.4, "shift": 0.2}[key]}))(images, targets)
    known = labels != 255
    agree = ((moved[:, 0] > 100) == (labels == 1))[known].float().mean()
    assert agree > 0.99
    assert len({tuple(image.flatten().tolist()) for image in moved}) == len(moved)


def test_a_rotation_is_rigid_on_oblong_images():
    torch.manual_seed(0)
    images, targets = blob()
    targets[:] = 0
    targets[:, 14:26, 26:38] = 1  # a square in the middle
    _, labels = Augmentation(**(OFF | {"rotate": 40.0}))(images, targets)
    area = (labels == 1).sum(dim=(1, 2)).float()
    assert area.min() > 0.93 * 144
    assert area.max() < 1.07 * 144


def test_what_comes_in_from_outside_is_ignored():
    torch.manual_seed(0)
    images, targets = blob()
    _, labels = Augmentation(**(OFF | {"shift": 0.3}))(images, targets)
    assert (labels == 255).any()
    assert set(labels.unique().tolist()) == {0, 1, 255}


def test_the_ignore_value_stays_the_ignore_value():
    images, targets = blob()
    targets[:] = 255
    _, labels = Augmentation()(images, targets)
    assert (labels == 255).all()


def test_colours_stay_in_range_and_leave_targets_alone():
    torch.manual_seed(0)
    images, targets = blob()
    off = OFF | {"brightness": 0.5, "contrast": 0.9, "gamma": 0.9, "noise": 0.3}
    moved, labels = Augmentation(**off)(images, targets)
    assert moved.min() >= 0
    assert moved.max() <= 255
    assert not torch.equal(moved, images.float())
    assert torch.equal(labels, targets)


def test_draws_follow_the_global_seed():
    images, targets = blob()
    torch.manual_seed(4)
    first = Augmentation()(images, targets)[0]
    torch.manual_seed(4)
    assert torch.equal(Augmentation()(images, targets)[0], first)
