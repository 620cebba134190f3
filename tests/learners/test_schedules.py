"""Learning rates over the steps of a round."""

import pytest
import torch

from alseg.errors import ConfigError
from alseg.learners.schedules import step
from tests.helpers.segmenters import segmenter


def rates(steps, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = step(optimizer, steps, **options)
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
