"""k-means selection."""

import numpy as np
import pytest
from scipy.cluster.vq import kmeans2

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.clustering import _seeds, k_means
from alseg.selection.geometry.seeding import spread_seeds
from alseg.selection.kmeans import KMeans


@pytest.mark.parametrize("seed", range(5))
def test_one_per_blob_the_nearest_to_its_mean(select, blobs, seed):
    points, of = blobs(30, 5, 12, 1, 40, 8)
    picked = select(KMeans(), 6, points, seed=seed)
    medoids = []
    for blob in range(6):
        rows = np.flatnonzero(of == blob)
        medoids.append(int(rows[np.linalg.norm(points[rows] - points[rows].mean(axis=0), axis=1).argmin()]))
    assert sorted(picked) == medoids


def test_one_pick_is_the_image_nearest_to_the_mean(select):
    points = np.random.default_rng(0).normal(size=(50, 4))
    assert select(KMeans(), 1, points) == [np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()]


def test_fewer_distinct_embeddings_than_picks(select):
    points = np.repeat(np.random.default_rng(0).normal(size=(3, 4)) + 50, 10, axis=0)
    picked = select(KMeans(), 8, points)
    assert len(set(picked)) == 8
    assert {row // 10 for row in picked[:3]} == {0, 1, 2}


def test_what_is_labelled_plays_no_part(select, blobs):
    points, _ = blobs(10, 10, 10)
    assert select(KMeans(), 3, points, labelled=points[:4]) == select(KMeans(), 3, points)


def test_clusters_have_small_numbers_and_their_own_distances(blobs):
    points, of = blobs(20, 20, 20)
    points -= points.mean(axis=0)
    labels, distances = k_means(points, 3, np.random.default_rng(0))
    assert set(labels) == {0, 1, 2}
    assert len(set(zip(of, labels))) == 3  # the clusters are the blobs
    centres = np.stack([points[labels == c].mean(axis=0) for c in range(3)])
    assert np.allclose(distances, ((points - centres[labels]) ** 2).sum(axis=1), rtol=1e-2)


def test_no_more_clusters_than_distinct_points():
    points = np.repeat(np.array([[-1, 0], [0, 0], [1, 0]], np.float32), 20, axis=0)
    labels, distances = k_means(points, 10, np.random.default_rng(0))
    assert len(set(labels)) == 3
    assert not distances.any()


def test_as_good_as_another_k_means():
    points = np.random.default_rng(0).normal(size=(600, 5)).astype(np.float32)
    points -= points.mean(axis=0)
    distances = k_means(points, 20, np.random.default_rng(0))[1]
    centres, labels = kmeans2(points, 20, iter=25, minit="++", rng=0)
    assert distances.sum() < 1.05 * ((points - centres[labels]) ** 2).sum()


def test_centres_from_a_sample_are_nearly_as_good():
    points = np.random.default_rng(0).normal(size=(4000, 5)).astype(np.float32)
    points -= points.mean(axis=0)
    labels, distances = k_means(points, 20, np.random.default_rng(0), per_cluster=32)
    assert labels.shape == distances.shape == (4000,)
    assert distances.sum() < 1.1 * k_means(points, 20, np.random.default_rng(0))[1].sum()


def test_a_pool_no_larger_than_the_sample_is_used_as_a_whole():
    points = np.random.default_rng(0).normal(size=(100, 5)).astype(np.float32)
    all_, sample = (k_means(points, 10, np.random.default_rng(0), per_cluster=size) for size in (None, 10))
    assert np.array_equal(all_[0], sample[0])


def test_one_per_blob_with_centres_from_a_sample(select, blobs):
    points, of = blobs(200, 200, 200)
    assert sorted(of[select(KMeans(per_cluster=30), 3, points)]) == [0, 1, 2]


def test_notes_say_why_each_was_picked(blobs):
    points, _ = blobs(5, 5)
    points[5:] = points[:1]  # so that there are five distinct ones
    candidates = Candidates(tuple(f"{i:02d}" for i in range(10)), features=points)
    picked = KMeans().select(candidates, 8, np.random.default_rng(0))
    notes = candidates.notes["picks"]
    assert [pick["id"] for pick in notes] == picked
    assert [pick["cluster"] for pick in notes] == [0, 1, 2, 3, 4, None, None, None]
    assert sorted(candidates.notes["sizes"]) == [1, 1, 1, 1, 6]
    assert {pick["why"] for pick in notes[5:]} == {"farthest from the picks"}


def test_it_works_beside_simpleitk():
    """faiss.Kmeans does not: both libraries bring C++ vectors to Python, and the first one loaded wins."""
    pytest.importorskip("SimpleITK", reason="needs the extra: pip install -c constraints.txt -e '.[staple]'")
    points = np.repeat(np.eye(3, dtype=np.float32) * 10, 5, axis=0)
    labels, _ = k_means(points - points.mean(axis=0), 3, np.random.default_rng(0))
    assert len(set(labels)) == 3


def test_seeds_find_clear_clusters():
    """Twelve blobs far apart: with one draw for each seed, k-means++ finds them all one time in ten."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(12, 16)) * 10
    of = np.repeat(np.arange(12), 40)
    points = (centres[of] + rng.normal(size=(480, 16))).astype(np.float32)
    points -= points.mean(axis=0)
    found = [len(set(of[_seeds(points, 12, np.random.default_rng(seed))])) == 12 for seed in range(100)]
    assert np.mean(found) > 0.5


def test_greedy_seeds_by_hand():
    """Points 0, 1, 10 and 12 on a line, from 0 on: of the rows drawn, 10 leaves 1 + 4 and 12 leaves 1 + 4, 1 leaves 81 + 121."""
    points = np.array([[0], [1], [10], [12]], dtype=np.float32)

    class Draws:
        def random(self, size):
            return np.array([0.001, 0.999])[:size]  # the rows 1 and 3

    norms = (points**2).sum(axis=1)
    seeds = spread_seeds(0, 2, norms, lambda rows: ((points - points[rows, None]) ** 2).sum(axis=2), Draws(), trials=2)
    assert seeds.tolist() == [0, 3]
    assert spread_seeds(
        0, 2, norms, lambda rows: ((points - points[rows, None]) ** 2).sum(axis=2), Draws()
    ).tolist() == [0, 1]
