"""The medoid, against all pairs."""

import numpy as np
import pytest

from alseg.selection.geometry.medoid import medoid


@pytest.mark.parametrize("dims", [1, 2, 5, 50])
@pytest.mark.parametrize("seed", range(3))
def test_least_sum_of_distances(dims, seed):
    points = np.random.default_rng(seed).standard_t(2, size=(201, dims)).astype(np.float32)
    sums = np.linalg.norm(points[:, None] - points[None], axis=2).sum(axis=1)
    assert medoid(points) == sums.argmin()


def test_not_the_point_nearest_to_the_mean():
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [30, 0]], np.float32)
    assert medoid(points) == 2  # its mean lies at (6.4, 0.4)
    assert medoid(np.array([[0.0], [1], [2], [3], [100]], np.float32)) == 2


def test_one_two_and_equal_points():
    assert medoid(np.zeros((1, 2), np.float32)) == 0
    assert medoid(np.array([[0, 0], [2, 0]], np.float32)) == 0
    assert medoid(np.ones((9, 2), np.float32)) == 0


@pytest.mark.slow
def test_few_rows_are_looked_at(monkeypatch):
    points = np.random.default_rng(0).normal(size=(20_000, 2)).astype(np.float32)
    norm, calls = np.linalg.norm, []
    monkeypatch.setattr(np.linalg, "norm", lambda *a, **k: calls.append(1) or norm(*a, **k))
    medoid(points)
    assert len(calls) < 1000
