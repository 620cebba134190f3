"""An annotator who takes one class for another."""

import numpy as np
import pytest

from alseg.composition.instantiate import factory
from alseg.data.dataset import Dataset
from alseg.errors import ConfigError
from alseg.oracles.confused import Confused
from tests.helpers.composed import composed
from tests.helpers.discs import make_dataset


def tiles(n: int = 600, classes: str = "abcd") -> Dataset:
    return Dataset(
        name="tiles",
        task="classification",
        ids=tuple(f"tile_{i}" for i in range(n)),
        groups=tuple(f"tile_{i}" for i in range(n)),
        images=np.zeros((n, 1, 2, 2), dtype=np.uint8),
        targets=np.arange(n) % len(classes),
        classes=tuple(classes),
        spacing=np.ones((n, 2)),
    )


def test_as_many_as_stated_and_never_the_true_class_by_mistake():
    data = tiles()
    answer = Confused(data, wrong=0.3).annotate(data.ids)
    assert answer.targets.dtype == np.int64
    assert (answer.targets != data.targets).mean() == pytest.approx(0.3, abs=0.06)
    wrong = answer.targets[(answer.targets != data.targets) & (data.targets == 0)]
    assert set(wrong) == {1, 2, 3}


def test_no_errors_and_nothing_but_errors():
    data = tiles(40)
    assert np.array_equal(Confused(data, wrong=0).annotate(data.ids).targets, data.targets)
    assert not (Confused(data, wrong=1).annotate(data.ids).targets == data.targets).any()


def test_an_answer_depends_on_image_and_seed_alone():
    data = tiles(80)
    oracle = Confused(data, wrong=0.5, seed=1)
    together = dict(zip(data.ids, oracle.annotate(data.ids).targets))
    for id_ in reversed(data.ids):
        assert oracle.annotate([id_]).targets.tolist() == [together[id_]]
    assert dict(zip(data.ids, Confused(data, wrong=0.5, seed=2).annotate(data.ids).targets)) != together
    other = Confused(data, wrong=0.5, seed=1, annotator="second").annotate(data.ids)
    assert other.annotator == "second"
    assert dict(zip(data.ids, other.targets)) != together


def test_more_errors_keep_those_that_were_there():
    data = tiles(200)
    few, many = (Confused(data, wrong=wrong).annotate(data.ids).targets for wrong in (0.2, 0.6))
    wrong = few != data.targets
    assert np.array_equal(few[wrong], many[wrong])


def test_only_the_named_classes_are_taken_for_one_another():
    data = tiles(200)
    answer = Confused(data, wrong=1, between=["b", "d"]).annotate(data.ids)
    assert np.array_equal(answer.targets, np.array([0, 3, 2, 1])[data.targets])


@pytest.mark.slow
def test_the_config_puts_it_before_another_oracle_and_gives_it_the_seed_of_the_run():
    data = tiles(60)
    made = [
        factory(composed("oracle=confused", "oracle.wrong=0.5", f"seed={seed}").oracle)(dataset=data)
        for seed in (5, 5, 6)
    ]
    first, second, third = (oracle.annotate(data.ids) for oracle in made)
    assert np.array_equal(first.targets, second.targets)
    assert not np.array_equal(first.targets, third.targets)
    assert first.cost.tolist() == [60.0] * 60


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wrong": 1.2}, r"^wrong=1\.2"),
        ({"between": ["a"]}, r"^between=\[a\]: two or more"),
        ({"between": ["a", "a"]}, r"^between=\[a, a\]: two or more"),
        ({"between": ["a", "tumor"]}, r"^between=\[a, tumor\]: two or more different ones of a, b, c, d"),
    ],
)
def test_impossible_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Confused(tiles(8), **arguments)


def test_masks_are_for_another_oracle():
    with pytest.raises(ConfigError, match="choose oracle=noisy"):
        Confused(make_dataset())
