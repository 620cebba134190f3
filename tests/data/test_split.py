"""Splits never cut through a group."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alseg.data.dataset import Dataset
from alseg.data.split import Split, split_by_group
from alseg.errors import ConfigError, DataError


def dataset_of(sizes: list[int], split: list[str] | None = None) -> Dataset:
    groups = [f"g{i}" for i, n in enumerate(sizes) for _ in range(n)]
    n = len(groups)
    return Dataset(
        name="d",
        task="segmentation",
        ids=tuple(f"i{i}" for i in range(n)),
        groups=tuple(groups),
        images=np.zeros((n, 1, 1, 1), np.uint8),
        targets=np.zeros((n, 1, 1), np.uint8),
        classes=("a", "b"),
        spacing=np.ones((n, 2)),
        split=None if split is None else tuple(split),
    )


def make(data: Dataset, test=0.2, val=0.1, max_val=10**6, seed=0) -> Split:
    return split_by_group(data, test=test, val=val, max_val=max_val, rng=np.random.default_rng(seed))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=3, max_size=40), st.integers(0, 5))
def test_complete_disjoint_and_by_group(sizes, seed):
    data = dataset_of(sizes)
    split = make(data, seed=seed)
    assert sorted((*split.pool, *split.val, *split.test)) == sorted(data.ids)
    of = dict(zip(data.ids, data.groups))
    parts = [{of[i] for i in part} for part in (split.pool, split.val, split.test)]
    assert all(parts)
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]


def test_shares_are_met_with_many_groups():
    split = make(dataset_of([4] * 250))
    assert len(split.test) == pytest.approx(200, abs=4)
    assert len(split.val) == pytest.approx(100, abs=4)


def test_deterministic_by_seed_and_different_between_seeds():
    data = dataset_of([3] * 50)
    assert make(data, seed=1) == make(data, seed=1)
    assert make(data, seed=1) != make(data, seed=2)


def test_validation_is_bounded_and_its_rest_does_not_reach_the_pool():
    data = dataset_of([5] * 40)
    bounded, free = make(data, val=0.4, max_val=12), make(data, val=0.4, max_val=None)
    assert len(bounded.val) == 12
    assert set(bounded.val) < set(free.val)
    assert bounded.pool == free.pool


def test_the_split_column_goes_first():
    data = dataset_of([2, 2, 2, 2], ["train", "train", "test", "test", "val", "val", "train", "train"])
    assert make(data) == Split(("i0", "i1", "i6", "i7"), ("i4", "i5"), ("i2", "i3"))


def test_no_validation():
    assert make(dataset_of([1] * 10), val=0).val == ()


def test_too_few_groups_and_impossible_shares():
    with pytest.raises(DataError, match="2 groups"):
        make(dataset_of([5, 5]))
    with pytest.raises(ConfigError, match=r"split\.test=1"):
        make(dataset_of([1] * 10), test=1)


def test_no_test_set():
    split = make(dataset_of([1] * 10), test=0)
    assert split.test == ()
    assert len(split.val) == 1
    assert make(dataset_of([1, 1], ["train", "val"])) == Split(("i0",), ("i1",), ())
    with pytest.raises(DataError, match="the pool is empty"):
        make(dataset_of([1, 1], ["test", "val"]))


def partly(labelled: list[bool], **options) -> Split:
    """Groups of two images, of which the first always has a target."""
    has_target = tuple(there for second in labelled for there in (True, second))
    data = dataset_of([2] * len(labelled))
    targets = np.where(np.array(has_target)[:, None, None], 0, 255).astype(np.uint8)
    return make(dataclasses.replace(data, targets=targets, has_target=has_target), **options)


def test_only_groups_with_all_targets_are_validated_and_tested_on():
    for seed in range(20):
        split = partly([True] * 10 + [False] * 90, seed=seed)
        assert {int(id_[1:]) // 2 for id_ in (*split.val, *split.test)} < set(range(10))
        assert (len(split.val), len(split.test), len(split.pool)) == (2, 4, 194)  # shares of the 20 images with targets


@pytest.mark.parametrize("labelled", [0, 1, 2])
def test_too_few_groups_with_all_targets_for_a_test_set(labelled):
    split = partly([True] * labelled + [False] * 5)
    assert split.val == split.test == ()
    assert len(split.pool) == 2 * labelled + 10


def test_a_group_in_two_splits_is_an_error():
    with pytest.raises(DataError, match="'g0' lies in the splits 'train' and 'test'"):
        dataset_of([2, 1], ["train", "test", "val"])


def test_repeated_ids_are_an_error():
    data = dataset_of([2, 2])
    with pytest.raises(DataError, match="'i0' occurs more than once"):
        dataclasses.replace(data, ids=("i0", "i0", "i1", "i2"))
