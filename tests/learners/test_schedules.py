"""Learning rates over the steps of a round."""

import math

import pytest
import torch

from alseg.errors import ConfigError
from alseg.learners.schedules import constant, one_cycle, step
from tests.helpers.segmenters import segmenter


def rates(steps, make=step, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = make(optimizer, steps, **options)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize(("steps", "high"), [(8, 6), (10, 8), (4, 3), (2, 2), (1, 1)])
def test_a_tenth_in_the_last_quarter(steps, high):
    assert rates(steps) == pytest.approx([0.1] * high + [0.01] * (steps - high))


def test_several_steps_in_any_order():
    assert rates(6, at=[0.9, 0.5], factor=0.5) == pytest.approx([0.1] * 3 + [0.05] * 3)
    assert rates(4, at=[0.75, 0.5], factor=0.5) == pytest.approx([0.1, 0.1, 0.05, 0.025])
    assert rates(3, at=[]) == pytest.approx([0.1] * 3)


def test_a_constant_rate_stays():
    assert rates(7, constant) == pytest.approx([0.1] * 7)


@pytest.mark.parametrize(("floor", "last"), [(0.0, 0.1 / 250_000), (0.1, 0.01), (0.5, 0.05), (1.0, 0.1)])
def test_a_cycle_ends_at_its_floor(floor, last):
    found = rates(49, one_cycle, floor=floor)
    assert found[0] == pytest.approx(0.1 / 25)
    assert found[9] == max(found) == pytest.approx(0.1)
    # By a cosine from step 9 to the floor, which it would reach at step 49.
    assert found[29] == pytest.approx((0.1 + last) / 2)
    assert found[48] == pytest.approx(last + (0.1 - last) * (1 + math.cos(math.pi * 39 / 40)) / 2)


@pytest.mark.parametrize("floor", [-0.1, 1.5])
def test_a_floor_is_a_share(floor):
    with pytest.raises(ValueError, match=rf"^floor={floor}: between 0 and 1"):
        rates(5, one_cycle, floor=floor)


@pytest.mark.slow
def test_as_a_choice_of_the_config():
    configured = segmenter("learner/schedule=step", "learner.schedule.at=[0.5]", steps=4).configure_optimizers()
    assert dict(configured["lr_scheduler"]["scheduler"].milestones) == {2: 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learner.schedule.at=[75]", r"^learner\.schedule\.at=\[75\]: shares of the steps"),
        ("learner.schedule.factor=0", r"^learner\.schedule\.factor=0: above 0"),
    ],
)
def test_impossible_settings(override, message):
    with pytest.raises(ConfigError, match=message):
        segmenter("learner/schedule=step", override).try_out()
