"""Equal numbers of every predicted class."""

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.class_balanced import ClassBalanced, equal_shares
from alseg.selection.kmeans import KMeans
from alseg.selection.random import Random
from alseg.selection.top import Top


def pool(predicted, scores=None, features=None, classes: int = 4) -> Candidates:
    """Images of which the model says these classes, with 70%."""
    probabilities = np.full((len(predicted), classes), 0.3 / (classes - 1), np.float32)
    probabilities[np.arange(len(predicted)), predicted] = 0.7
    ids = tuple(f"{i:03d}" for i in range(len(predicted)))
    return Candidates(ids, scores, features, probabilities=probabilities)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("sizes", "total", "shares"),
    [
        ([50, 50, 50], 9, [3, 3, 3]),
        ([50, 60, 50], 10, [3, 4, 3]),  # what cannot be equal goes to the larger
        ([2, 50, 50], 12, [2, 5, 5]),
        ([0, 1, 3, 90], 20, [0, 1, 3, 16]),
        ([10, 0, 10, 0], 1, [1, 0, 0, 0]),
        ([4, 4], 8, [4, 4]),
    ],
)
def test_shares_are_as_equal_as_the_sizes_allow(sizes, total, shares):
    assert equal_shares(np.array(sizes), total).tolist() == shares


@pytest.mark.parametrize("seed", range(20))
def test_no_share_could_grow_at_the_cost_of_a_larger_one(seed):
    sizes = rng(seed).integers(0, 30, 6)
    total = int(rng(seed).integers(0, sizes.sum() + 1))
    shares = equal_shares(sizes, total)
    assert shares.sum() == total
    assert (shares <= sizes).all()
    growing = shares < sizes
    assert not growing.any() or shares.max() - shares[growing].min() <= 1


def test_a_rare_class_gets_as_much_as_a_frequent_one():
    predicted = np.repeat([0, 1, 2, 3], [200, 90, 5, 2])
    candidates = pool(predicted)
    picked = [int(id_) for id_ in ClassBalanced(Random()).select(candidates, 16, rng())]
    assert np.bincount(predicted[picked]).tolist() == [5, 5, 4, 2]
    assert candidates.notes == {"predicted": [200, 90, 5, 2], "allocation": [5, 5, 4, 2]}


def test_classes_take_turns():
    predicted = np.repeat([0, 1, 2], [30, 30, 2])
    picked = [int(id_) for id_ in ClassBalanced(Random()).select(pool(predicted), 8, rng())]
    assert predicted[picked].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_the_inner_one_picks_in_each_class():
    predicted = np.arange(40) % 2
    scores = rng().random(40).astype(np.float32)
    picked = {int(id_) for id_ in ClassBalanced(Top()).select(pool(predicted, scores), 6, rng())}
    for c in (0, 1):
        rows = np.flatnonzero(predicted == c)
        assert picked & set(rows) == set(rows[np.argsort(-scores[rows])[:3]])


def test_within_a_class_every_image_may_be_drawn():
    predicted = np.repeat([0, 1], [6, 3])
    seen = {id_ for seed in range(60) for id_ in ClassBalanced(Random()).select(pool(predicted), 4, rng(seed))}
    assert len(seen) == 9


def test_notes_of_the_inner_one_do_not_mix_the_classes(blobs):
    points, of = blobs(10, 10, 10)
    candidates = pool(of, features=points)
    assert ClassBalanced(KMeans()).needs == {"features", "probabilities"}
    ClassBalanced(KMeans()).select(candidates, 6, rng())
    assert set(candidates.notes) == {"predicted", "allocation"}
