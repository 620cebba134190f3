"""The views over the data."""

from itertools import chain

import numpy as np
import pytest
import torch

from alseg.data.pool import PoolDataModule
from tests.helpers.pools import make_pool


@pytest.fixture
def pool(dataset) -> PoolDataModule:
    pool = make_pool(dataset)
    pool.label(dataset.ids[2:8], np.full((6, 32, 32), 7, np.uint8))
    return pool


def test_labelled_and_unlabelled_share_the_pool(pool, dataset):
    pool.refuse(["image_000"])
    assert pool.labelled == dataset.ids[2:8]
    assert pool.unlabelled == (dataset.ids[1], *dataset.ids[8:16])


def test_training_sees_what_the_oracle_said_never_the_truth(pool, dataset):
    rows = set()
    for batch in pool.train_dataloader():
        assert (batch["target"] == 7).all()
        assert torch.equal(batch["image"], torch.from_numpy(dataset.images)[batch["row"]])
        rows |= set(batch["row"].tolist())
    assert rows == set(range(2, 8))


def test_exactly_the_asked_number_of_batches_and_an_even_share_of_images(pool):
    pool.steps = 9
    rows = list(chain.from_iterable(b["row"].tolist() for b in pool.train_dataloader()))
    assert len(rows) == 36
    assert {rows.count(row) for row in set(rows)} == {6}


def test_few_labels_fill_a_batch(dataset):
    pool = make_pool(dataset, batch_size=8)
    pool.label(dataset.ids[:1], dataset.targets[:1])
    assert all(b["row"].tolist() == [0] * 8 for b in pool.train_dataloader())


def test_batches_depend_on_seed_and_round_alone(pool, dataset):
    def order():
        return [b["row"].tolist() for b in pool.train_dataloader()]

    first = order()
    torch.manual_seed(99)
    assert order() == first
    pool.begin_round(1, uses_unlabelled=False)
    assert order() != first


def test_a_later_start_meets_the_same_batches(pool):
    whole = [b["row"].tolist() for b in pool.train_dataloader()]
    pool._first_step = lambda: 4
    assert [b["row"].tolist() for b in pool.train_dataloader()] == whole[4:]


def test_pairs_of_labelled_and_unlabelled_batches(pool, dataset):
    pool.begin_round(0, uses_unlabelled=True)
    batches = [batch for batch, _, _ in pool.train_dataloader()]
    assert len(batches) == 6
    for batch in batches:
        assert batch["labelled"]["row"].shape == (4,)
        assert batch["unlabelled"]["row"].shape == (3,)
        assert "target" not in batch["unlabelled"]
        assert {dataset.ids[row] for row in batch["unlabelled"]["row"]} <= set(pool.unlabelled)


def test_with_the_whole_pool_labelled_the_unlabelled_stream_goes_on(dataset):
    pool = make_pool(dataset)
    pool.label(dataset.ids[:16], dataset.targets[:16])
    pool.begin_round(0, uses_unlabelled=True)
    assert len([1 for _ in pool.train_dataloader()]) == 6


def test_working_labels_replace_annotations_in_training_alone(pool, dataset):
    loader = iter(pool.train_dataloader())
    next(loader)
    pool.relabel(dataset.ids[2:3], np.zeros((1, 32, 32), np.uint8))
    for batches in (loader, pool.train_dataloader()):  # the fit under way, and the next
        targets = {int(r): int(t.max()) for b in batches for r, t in zip(b["row"], b["target"])}
        assert targets == {2: 0, 3: 7, 4: 7, 5: 7, 6: 7, 7: 7}
    assert pool.labelled == dataset.ids[2:8]
    assert list(pool.working) == ["image_002"]
    assert (pool._labels["image_002"] == 7).all()


def test_evaluation_and_scan_see_each_image_once_in_order(pool, dataset):
    for loader, expected in [
        (pool.val_dataloader(), range(16, 18)),
        (pool.test_dataloader(), range(18, 24)),
        (pool.scan_dataloader(dataset.ids[:7]), range(7)),
    ]:
        assert list(chain.from_iterable(b["row"].tolist() for b in loader)) == list(expected)
    batch = next(iter(pool.test_dataloader()))
    assert torch.equal(batch["target"], torch.from_numpy(dataset.targets[18:23]))
    assert batch["spacing"].tolist() == [[0.5, 0.5]] * 5
    assert "target" not in next(iter(pool.scan_dataloader(dataset.ids[:3])))
