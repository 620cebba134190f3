"""A part of each structure is traced, the rest of the mask is background."""

import numpy as np
import pytest

from alseg.oracles.noisy import Noisy
from alseg.oracles.partial import Partial
from alseg.oracles.sparse import Sparse
from alseg.oracles.sparsity import Columns
from tests.helpers.discs import make_dataset


def bar():
    """A data set whose every mask is a bar of class 1, columns 4 to 35, with a stripe of class 2 in its middle row."""
    dataset = make_dataset(n=6, size=40, classes=3)
    dataset.targets[:] = 0
    dataset.targets[:, 10:15, 4:36] = 1
    dataset.targets[:, 12, 4:36] = 2
    return dataset


def traced(target) -> np.ndarray:
    """Columns that hold foreground."""
    return np.flatnonzero((target > 0).any(axis=0))


@pytest.mark.parametrize(("share", "columns"), [(0.5, 16), (0.25, 8), (0.75, 24)])
def test_one_contiguous_part_of_so_many_columns(share, columns):
    dataset = bar()
    answer = Partial(dataset, share=share).annotate(dataset.ids)
    for target in answer.targets:
        found = traced(target)
        assert abs(len(found) - columns) <= 1
        assert np.array_equal(found, np.arange(found[0], found[-1] + 1))
        kept = np.isin(np.arange(40), found)
        assert np.array_equal(target, np.where(kept, dataset.targets[0], 0))  # both classes end at the same column
    assert answer.cost.tolist() == [60 * share] * 6
    assert answer.annotator == "truth (partial)"
    assert len({tuple(traced(target)) for target in answer.targets}) > 1  # somewhere else in another image


def test_several_parts_of_the_same_length():
    dataset = bar()
    for target in Partial(dataset, share=0.5, parts=2).annotate(dataset.ids).targets:
        found = traced(target)
        assert abs(len(found) - 16) <= 2
        assert np.count_nonzero(np.diff(found) > 1) <= 1


def test_the_whole_is_the_truth():
    dataset = make_dataset(n=4, classes=3)
    answer = Partial(dataset, share=1).annotate(dataset.ids)
    assert np.array_equal(answer.targets, dataset.targets)


def test_along_the_structure():
    """A diagonal line of 20 pixels: half of it is a stretch of ten, and neither end in rows nor in columns alone."""
    dataset = make_dataset(n=3, size=40)
    dataset.targets[:] = 0
    line = np.arange(10, 30)
    dataset.targets[:, line, line] = 1
    for target in Partial(dataset, share=0.5, along="structure").annotate(dataset.ids).targets:
        rows, columns = np.nonzero(target)
        assert len(rows) in (9, 10, 11)
        assert np.array_equal(rows, columns)
        assert np.array_equal(rows, np.arange(rows[0], rows[-1] + 1))


def test_where_nobody_looked_stays_so_and_nothing_drawn_is_nothing_to_trace():
    dataset = bar()
    dataset.targets[:, 0] = 255
    dataset.targets[0, 1:] = 0
    answer = Partial(dataset, share=0.5).annotate(dataset.ids).targets
    assert (answer[:, 0] == 255).all()
    assert not answer[0, 1:].any()


def test_shares_spread_over_images_and_cost_goes_with_them():
    dataset = bar()
    answer = Partial(dataset, share=0.5, spread=0.2).annotate(dataset.ids)
    lengths = np.array([len(traced(target)) for target in answer.targets])
    assert np.ptp(lengths) > 3
    assert np.allclose(lengths / 32, answer.cost / 60, atol=1.01 / 32)


def test_seed_and_id_alone_decide():
    dataset = bar()
    first = Partial(dataset, seed=3).annotate(dataset.ids).targets
    assert np.array_equal(Partial(dataset, seed=3).annotate(dataset.ids[::-1]).targets[::-1], first)
    assert (Partial(dataset, seed=4).annotate(dataset.ids).targets != first).any()


def test_a_noisy_hand_traces_a_part():
    dataset = make_dataset(n=3, size=64)
    noisy = Noisy(dataset, bias=2.0).annotate(dataset.ids).targets
    partial = Partial(dataset, share=0.5, of=lambda dataset: Noisy(dataset, bias=2.0)).annotate(dataset.ids).targets
    assert (partial[partial > 0] == noisy[partial > 0]).all()
    assert 0 < np.count_nonzero(partial) < np.count_nonzero(noisy)


@pytest.mark.parametrize("wrong", [{"share": 0}, {"parts": 0}, {"spread": -1}, {"along": "diagonal"}])
def test_arguments_out_of_range(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Partial(make_dataset(n=2), **wrong)


def test_what_sparse_leaves_may_be_background():
    dataset = make_dataset(n=4, classes=3)
    dataset.targets[:, 0] = 255
    open_, closed = (
        Sparse(dataset, "columns", Columns(None, share=0.25), unannotated=rest).annotate(dataset.ids)
        for rest in ("ignore", "background")
    )
    left = (open_.targets == 255) & (dataset.targets != 255)
    assert left.any()
    assert (closed.targets[left] == 0).all()
    assert np.array_equal(closed.targets[~left], open_.targets[~left])
    assert np.array_equal(closed.cost, open_.cost)
    with pytest.raises(ValueError, match="unannotated=other"):
        Sparse(dataset, "columns", Columns(None, share=0.25), unannotated="other")
