"""Distances and the greedy loop that selectors share."""

import numpy as np
import pytest

from alseg.errors import QueryError
from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import (
    centred,
    farthest_first,
    squared_distances,
    squared_norms,
    to_nearest,
    top_up,
)
from alseg.selection.k_center import KCenter

POINTS = np.arange(-4, 5, dtype=np.float32)[:, None]
NONE = np.empty((0, 1), np.float32)


def test_distances_equal_brute_force():
    rng = np.random.default_rng(0)
    points, references = rng.normal(size=(50, 6)).astype(np.float32), rng.normal(size=(9, 6)).astype(np.float32)
    exact = ((points[:, None].astype(float) - points) ** 2).sum(axis=2)
    assert np.allclose(squared_distances(points, squared_norms(points), 7), exact[7], atol=1e-5)
    nearest = ((points[:, None].astype(float) - references) ** 2).sum(axis=2).min(axis=1)
    assert np.allclose(to_nearest(points, references), nearest, atol=1e-5)


def test_centred_without_labels_has_an_empty_labelled_part():
    points, labelled = centred(Candidates(("a", "b"), features=np.array([[1, 2], [3, 6]], np.float32)))
    assert points.tolist() == [[-1, -2], [1, 2]]
    assert labelled.shape == (0, 2)


def test_rows_at_minus_infinity_are_not_picked():
    nearest = np.abs(POINTS[:, 0])
    nearest[[0, 8]] = -np.inf
    assert farthest_first(POINTS, nearest, 7).tolist()[:2] == [1, 7]


def test_top_up_starts_from_the_picks_and_the_labelled_set():
    assert top_up(POINTS, NONE, np.array([0]), 3).tolist() == [0, 8, 4]
    assert top_up(POINTS, POINTS[8:], np.array([0]), 2).tolist() == [0, 4]
    assert sorted(top_up(POINTS, NONE, np.array([3, 4]), 9)) == list(range(9))
    assert top_up(POINTS, NONE, np.array([5, 2]), 2).tolist() == [5, 2]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", ["pool", "labelled"])
def test_features_that_are_not_finite_are_an_error(value, place):
    features, labelled = np.ones((10, 3), np.float32), np.ones((2, 3), np.float32)
    (features if place == "pool" else labelled)[1, 1] = value
    pool = Candidates(tuple("abcdefghij"), features=features, labelled_ids=("x", "y"), labelled_features=labelled)
    with pytest.raises(QueryError, match="not finite"):
        KCenter().select(pool, 3, np.random.default_rng(0))
