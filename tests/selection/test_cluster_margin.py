"""Cluster-Margin."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from alseg.selection.cluster_margin import ROWS, ClusterMargin, _distances, agglomerated


def average_linkage(points: np.ndarray, k: int) -> set[frozenset[int]]:
    """k clusters by agglomeration, every pair of clusters looked at in every step."""
    distances = np.linalg.norm(points[:, None].astype(float) - points, axis=2)
    clusters = [[i] for i in range(len(points))]
    while len(clusters) > k:
        pairs = [(i, j) for j in range(len(clusters)) for i in range(j)]
        i, j = min(pairs, key=lambda p: distances[np.ix_(clusters[p[0]], clusters[p[1]])].mean())
        clusters[i] += clusters.pop(j)
    return {frozenset(c) for c in clusters}


def test_clusters_are_those_of_average_linkage():
    points = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    labels = agglomerated(points, 5)
    assert {frozenset(np.flatnonzero(labels == c).tolist()) for c in set(labels)} == average_linkage(points, 8)
    assert agglomerated(points[:1], 5).tolist() == [0]
    assert set(agglomerated(points, 100)) == {0}


def test_distances_are_those_of_all_pairs():
    """Across the blocks of rows, and of equal points exactly or nearly 0."""
    points = np.random.default_rng(0).normal(size=(ROWS + 40, 3)).astype(np.float32)
    points[-1] = points[0]
    assert _distances(points) == pytest.approx(pdist(points.astype(float)), abs=1e-6)


def in_turn(clusters: np.ndarray, n: int) -> list[tuple[int, int]]:
    """Which clusters the picks come from, and how many of it were there, by walking round them."""
    sizes = np.bincount(clusters)
    queue = sorted((int(size), c) for c, size in enumerate(sizes) if size)
    left, turns = sizes.copy(), []
    while len(turns) < n:
        for size, c in queue:
            if left[c] and len(turns) < n:
                turns.append((c, size))
                left[c] -= 1
    return turns


def test_the_smallest_clusters_come_first_and_all_take_turns(select, blobs):
    points, of = blobs(3, 40, 12, 1, 25)
    scores = np.random.default_rng(0).random(81)
    picked = select(ClusterMargin(factor=100, size=81 / 5), 20, points, scores)
    assert of[picked].tolist() == [c for c, _ in in_turn(of, 20)]


def test_only_the_largest_scores_count_and_give_a_cluster_its_size(select, blobs):
    points, of = blobs(30, 30, 30)
    scores = np.zeros(90)
    uncertain = np.concatenate([np.flatnonzero(of == c)[:count] for c, count in enumerate((6, 2, 4))])
    scores[uncertain] = 1 + np.random.default_rng(0).random(12)
    picked = select(ClusterMargin(factor=2, size=30), 6, points, scores)
    assert set(picked) <= set(uncertain)
    assert of[picked].tolist() == [c for c, _ in in_turn(of[uncertain], 6)] == [1, 2, 0, 1, 2, 0]


def test_images_of_a_cluster_and_clusters_of_one_size_are_drawn_by_lot(select, blobs):
    points, of = blobs(20, 20)
    picks = {select(ClusterMargin(size=20), 1, points, np.ones(40), seed=seed)[0] for seed in range(30)}
    assert len(picks) > 10
    assert set(of[list(picks)]) == {0, 1}


def test_a_large_pool_is_clustered_in_part(select, blobs):
    points, of = blobs(300, 300, 300)
    scores = np.random.default_rng(0).random(900)
    picked = select(ClusterMargin(factor=3, size=20, sample=60), 9, points, scores)
    assert set(picked) <= set(np.argsort(-scores)[:27].tolist())
    assert sorted(of[picked]) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len(set(select(ClusterMargin(sample=10), 30, points, scores))) == 30  # a query larger than the sample


@pytest.mark.parametrize("bad", [{"factor": 0.5}, {"size": 0}, {"sample": 1}])
def test_impossible_arguments(bad):
    with pytest.raises(ValueError, match=f"^{next(iter(bad))}="):
        ClusterMargin(**bad)
