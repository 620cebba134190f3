"""The two-dimensional map."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.embeddings.tsne import TSNE
from alseg.errors import DataError


def groups(n: int = 240, dims: int = 20, k: int = 6, seed: int = 0):
    rng = np.random.default_rng(seed)
    of = np.arange(n) % k
    return (12 * rng.normal(size=(k, dims))[of] + rng.normal(size=(n, dims))).astype(np.float32), of


def nearest(places):
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances.argmin(axis=1)


GRID = TSNE(barnes_hut=0, steps=200)
LISTS = TSNE(exact_neighbours=0, probes=4)


@pytest.mark.slow
@pytest.mark.parametrize("tsne", [TSNE(), GRID, LISTS, TSNE(components=3)], ids=["default", "grid", "lists", "few"])
def test_neighbours_stay_neighbours(tsne):
    features, of = groups()
    places = tsne(features, 0)
    assert places.shape == (240, 2)
    assert places.dtype == np.float32
    assert (of[nearest(places)] == of).all()
    centres = np.stack([places[of == g].mean(axis=0) for g in range(6)])
    assert (np.linalg.norm(places[:, None] - centres[None], axis=2).argmin(axis=1) == of).all()


@pytest.mark.slow
def test_as_trustworthy_as_the_exact_gradient_asks():
    features = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    assert trustworthiness(features, TSNE()(features, 0), n_neighbors=10) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{}, {"barnes_hut": 0}, {"exact_neighbours": 0, "probes": 4}], ids=["default", "grid", "lists"]
)
def test_deterministic_by_seed_whatever_the_threads(settings):
    features, _ = groups()
    one, again, two = (TSNE(steps=30, early=30, jobs=jobs, **settings)(features, 3) for jobs in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 17])
def test_few_images(n):
    features = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
    places = TSNE(early=20, steps=20)(features, 0)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == n
    if n in (2, 3):  # the principal components keep the distances of so few points
        for i in range(n):
            expected = np.linalg.norm(features - features[i], axis=1)
            np.testing.assert_allclose(np.linalg.norm(places - places[i], axis=1), expected, rtol=1e-4, atol=1e-5)


def test_equal_images_are_one_point():
    assert not TSNE()(np.full((30, 6), 2, np.float32), 0).any()
    distinct = np.random.default_rng(0).normal(size=(12, 6)).astype(np.float32)
    rows = np.random.default_rng(1).permutation(np.repeat(np.arange(12), 5))
    places = TSNE()(distinct[rows], 0)
    assert len(np.unique(places, axis=0)) == 12
    assert all(len(np.unique(places[rows == row], axis=0)) == 1 for row in range(12))
    assert TSNE()(np.repeat(distinct[:2], 9, axis=0), 0).shape == (18, 2)


@pytest.mark.slow
def test_one_dimension_and_one_direction():
    line = np.linspace(0, 1, 40, dtype=np.float32)[:, None]
    for features in (line, line * np.arange(1, 6, dtype=np.float32)):
        places = TSNE()(features, 0)
        assert np.isfinite(places).all()
        assert (np.abs(nearest(places) - np.arange(40)) <= 2).mean() > 0.9


def test_nothing_is_mutated():
    features, _ = groups(60)
    before = features.copy()
    TSNE(early=5, steps=5)(features, 0)
    np.testing.assert_array_equal(features, before)


@pytest.mark.slow
def test_the_file_under_conf():
    assert instantiate(compose(["map=tsne"]).map) == TSNE()


def test_bad_input():
    with pytest.raises(DataError, match="not finite"):
        TSNE()(np.array([[1, np.nan]] * 9, np.float32), 0)
    with pytest.raises(ValueError, match=r"^components=1: 2 is the least"):
        TSNE(components=1)
    with pytest.raises(ValueError, match=r"^perplexity=0: it must be above 0"):
        TSNE(perplexity=0)
