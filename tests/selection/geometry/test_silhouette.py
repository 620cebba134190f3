"""Mean silhouettes, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from alseg.selection.geometry import silhouette
from alseg.selection.geometry.silhouette import mean_silhouettes


@pytest.mark.parametrize("dims", [2, 3, 8])
def test_equal_to_another_implementation(dims):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(1200, dims)).astype(np.float32)
    clusterings = [rng.integers(k, size=1200) for k in (2, 3, 50, 7)]
    found = mean_silhouettes(points, clusterings)
    assert np.allclose(found, [silhouette_score(points, c) for c in clusterings], atol=1e-5)


def test_by_hand():
    points = np.array([[0, 0], [0, 1], [10, 0]], np.float32)
    # a = 1 for the first two, b = 10 and sqrt(101); the third is alone.
    expected = ((10 - 1) / 10 + (101**0.5 - 1) / 101**0.5 + 0) / 3
    assert mean_silhouettes(points, [np.array([0, 0, 1])]) == pytest.approx([expected])


def test_numbers_of_clusters_may_have_gaps():
    points = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    labels = np.random.default_rng(1).integers(3, size=50)
    assert mean_silhouettes(points, [labels])[0] == mean_silhouettes(points, [labels * 5 + 2])[0]


def test_clusterings_do_not_touch_one_another(monkeypatch):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 2)).astype(np.float32)
    clusterings = [rng.integers(k, size=300) for k in range(2, 12)]
    together = mean_silhouettes(points, clusterings)
    monkeypatch.setattr(silhouette, "COLUMNS", 9)
    monkeypatch.setattr(silhouette, "ROWS", 7)
    assert np.allclose(mean_silhouettes(points, clusterings), together, atol=1e-6)


def test_equal_points_are_separated_perfectly_or_not_at_all():
    twins = np.repeat(np.array([[0, 0], [5, 5]], np.float32), 4, axis=0)
    assert mean_silhouettes(twins, [np.repeat([0, 1], 4)]) == pytest.approx([1])
    assert mean_silhouettes(np.ones((8, 2), np.float32), [np.repeat([0, 1], 4)]) == pytest.approx([0])
