"""An annotator who errs, the same way every time."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from alseg.data.dataset import Dataset
from alseg.errors import ConfigError
from alseg.oracles.noisy import Noisy
from alseg.oracles.simulated import Simulated
from tests.helpers.discs import make_dataset
from tests.helpers.drawn_targets import rings, square

STRONG = {"shift": 2.0, "wobble": 2.0, "morphology": 0.5, "missed": 0.5, "invented": 0.5}
STEADY = {"shift": 0.0, "wobble": 0.0, "missed": 0.0, "invented": 0.0}


def test_a_steady_hand_draws_the_truth(dataset):
    answer = Noisy(dataset, **STEADY).annotate(dataset.ids)
    assert np.array_equal(answer.targets, dataset.targets)
    assert answer.annotator == "noisy"


def test_errors_depend_on_seed_and_id_alone():
    dataset = make_dataset(n=12, classes=3)
    ids = list(dataset.ids)
    answer = Noisy(dataset, seed=1, **STRONG).annotate(ids)
    backwards = Noisy(dataset, seed=1, **STRONG)
    for id_ in reversed(ids):  # one by one, and twice
        backwards.annotate([id_])
    again = backwards.annotate(ids[::-1])
    assert np.array_equal(again.targets[::-1], answer.targets)
    other = Noisy(dataset, seed=2, **STRONG).annotate(ids)
    assert (other.targets != answer.targets).any(axis=(1, 2)).all()


def test_errors_do_not_depend_on_the_other_images():
    dataset = make_dataset(n=6)
    rows = [4, 1]
    part = Dataset(
        **{
            **vars(dataset),
            "ids": tuple(dataset.ids[r] for r in rows),
            "groups": tuple(dataset.groups[r] for r in rows),
            **{key: getattr(dataset, key)[rows] for key in ("images", "targets", "spacing")},
        }
    )
    whole = Noisy(dataset, **STRONG).annotate(part.ids).targets
    assert np.array_equal(Noisy(part, **STRONG).annotate(part.ids).targets, whole)


def test_every_image_and_every_annotator_errs_otherwise(make_set):
    dataset = make_set(*[rings()] * 6, classes=4)
    answer = Noisy(dataset, **STRONG).annotate(dataset.ids).targets
    assert len({target.tobytes() for target in answer}) == 6
    reader = Noisy(dataset, annotator="reader_2", **STRONG).annotate(dataset.ids).targets
    assert (reader != answer).any(axis=(1, 2)).all()


def test_one_strength_leaves_the_other_errors_alone(make_set):
    dataset = make_set(*[square()] * 4)
    quiet = {**STEADY, "unit": "px"}
    both = Noisy(dataset, **{**quiet, "shift": 2.0, "missed": 0.0}).annotate(dataset.ids).targets
    more = Noisy(dataset, **{**quiet, "shift": 2.0, "missed": 1.0}).annotate(dataset.ids).targets
    assert ((both == 0) <= (more == 0)).all()  # the same shifts, and pieces missing from them


def test_a_bias_is_in_every_image(make_set):
    dataset = make_set(*[square()] * 3)
    large = Noisy(dataset, **STEADY, unit="px", bias=2.0).annotate(dataset.ids).targets
    assert all((target == 1).any(axis=0).sum() == 10 + 2 * 2 for target in large)
    small = Noisy(dataset, **STEADY, unit="px", bias=-1.0).annotate(dataset.ids).targets
    assert ((small == 1).sum(axis=(1, 2)) == 8 * 8).all()


@pytest.mark.parametrize(("unit", "bias", "pixels"), [("mm", 1.5, 3), ("percent", 3.125, 1), ("percent", 6.25, 2)])
def test_units(make_set, unit, bias, pixels):
    dataset = make_set(square(), spacing=0.5, unit="mm")  # 32 pixels, 16 mm
    drawn = Noisy(dataset, **STEADY, unit=unit, bias=bias, keep=0.1).annotate(["a"]).targets[0]
    assert (drawn == 1).any(axis=0).sum() == 10 + 2 * pixels


def test_erosion_and_dilation_scale_with_the_image(make_set):
    small, large = make_set(square(64, 20, 44)), make_set(square(128, 40, 88))
    for dataset, scale in ((small, 0.5), (large, 1)):
        drawn = Noisy(dataset, **STEADY, morphology=1.0, iterations=[6, 6], keep=0.0).annotate(["a"]).targets[0]
        side = (drawn == 1).any(axis=0).sum()
        assert abs(side - 48 * scale) == 2 * 6 * scale


def test_class_ids_stay_valid_and_structures_last(make_set):
    dataset = make_set(*[rings()] * 8, classes=4)
    answer = Noisy(dataset, seed=3, **{**STRONG, "missed": 0.0}).annotate(dataset.ids).targets
    assert answer.dtype == np.uint8
    for target in answer:
        assert np.unique(target).tolist() == [0, 1, 2, 3]
        area = np.bincount(target.ravel())[1:] / np.bincount(rings().ravel())[1:]
        assert (area >= 0.5).all()


def test_the_ignore_value_stays_where_it_is(make_set):
    truth = square()
    truth[:, 15:18] = 255
    truth[0] = 255
    dataset = make_set(truth, np.full_like(truth, 255))
    answer = Noisy(dataset, **STRONG).annotate(dataset.ids).targets
    assert np.array_equal(answer == 255, dataset.targets == 255)


def test_the_truth_is_not_touched(dataset):
    before = dataset.targets.copy()
    Noisy(dataset, **STRONG).annotate(dataset.ids)
    assert np.array_equal(dataset.targets, before)


def test_it_costs_what_the_inner_oracle_costs_and_no_images_are_no_trouble(dataset):
    oracle = Noisy(dataset, of=partial(Simulated, seconds_per_image=7))
    assert oracle.annotate(dataset.ids[:2]).cost.tolist() == [7, 7]
    assert oracle.annotate([]).ids == ()


WRONG = {
    "shift": -1,
    "wobble": float("nan"),
    "wobble_length": 0,
    "bias": "much",
    "morphology": 1.5,
    "missed": -0.1,
    "invented": 2,
    "keep": 7,
    "unit": "inch",
    "iterations": [0, 5],
    "piece": [0.7, 0.3],
}


@pytest.mark.parametrize("key", WRONG)
def test_impossible_arguments(dataset, key):
    with pytest.raises(ValueError, match=rf"^{key}="):
        Noisy(dataset, **{key: WRONG[key]})


def test_a_unit_that_the_data_lacks(make_set):
    with pytest.raises(ValueError, match=r"^unit=mm: .* in px.*data\.spacing"):
        Noisy(make_set(square()), unit="mm")
    with pytest.raises(ValueError, match=r"^unit=px: .* in mm"):
        Noisy(make_set(square(), unit="mm"), unit="px")


def test_data_without_masks(dataset):
    labels = Dataset(**{**vars(dataset), "task": "classification", "targets": np.zeros(len(dataset), dtype=np.int64)})
    with pytest.raises(ConfigError, match="class labels"):
        Noisy(labels)


@pytest.mark.parametrize("of", [partial(Simulated, bias=1), Simulated.annotate, "simulated"])
def test_an_inner_oracle_that_cannot_be_made(dataset, of):
    with pytest.raises(ValueError, match="^of"):
        Noisy(dataset, of=of)
