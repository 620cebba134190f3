"""k-means, shared by several selectors."""

from __future__ import annotations

import math

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from alseg.selection.geometry.farthest import distances_between, squared_norms
from alseg.selection.geometry.seeding import spread_seeds


def k_means(
    points: NDArray[np.float32], k: int, rng: np.random.Generator, iterations: int = 25, per_cluster: int | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Lloyd's iterations from the seeds of greedy k-means++.

    Args:
        points: ``(N, D)``, centred.
        k: clusters; there are fewer where there are fewer distinct points.
        rng: draws the seeds, and before them the sample.
        iterations: of Lloyd's algorithm.
        per_cluster: where there are more than this many points per cluster, seeds and centres come from so many of
            them, drawn at random, and all points are then assigned to the nearest centre; None takes them all.

    Returns:
        ``(N,)`` cluster of each point, below k, and ``(N,)`` squared distance to its centre.
    """
    if per_cluster is not None and per_cluster * k < len(points):
        sample = points[np.sort(rng.choice(len(points), per_cluster * k, replace=False))]
        return _nearest(points, _lloyd(sample, k, rng, iterations)[0])
    return _lloyd(points, k, rng, iterations)[1:]


def _lloyd(
    points: NDArray[np.float32], k: int, rng: np.random.Generator, iterations: int
) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.float32]]:
    """``(k, D)`` centres, and cluster and squared distance of each point."""
    centres = points[_seeds(points, k, rng)]
    labels, distances = _nearest(points, centres)
    for _ in range(iterations):
        centres = _means(points, labels, distances, len(centres))
        before = labels
        labels, distances = _nearest(points, centres)
        if np.array_equal(labels, before):
            break
    return centres, labels, distances


def _nearest(points: NDArray[np.float32], centres: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    # Searches alone, not faiss.Kmeans: that one breaks as soon as SimpleITK, which brings the same C++ vectors to Python,
    # is loaded too (oracle=panel may).
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(np.ascontiguousarray(centres))
    distances, labels = index.search(points, 1)
    return labels[:, 0].astype(np.intp), distances[:, 0]


def _means(
    points: NDArray[np.float32], labels: NDArray[np.intp], distances: NDArray[np.float32], k: int
) -> NDArray[np.float32]:
    """The mean of each cluster; an empty one starts again at a point far from its centre."""
    sizes = np.bincount(labels, minlength=k)
    members = csr_array((np.ones(len(points), np.float32), (labels, np.arange(len(points)))), shape=(k, len(points)))
    centres = np.asarray((members @ points) / np.maximum(sizes, 1)[:, None], dtype=np.float32)
    empty = np.flatnonzero(sizes == 0)
    centres[empty] = points[np.argsort(-distances, kind="stable")[: len(empty)]]
    return centres


def _seeds(points: NDArray[np.float32], k: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Up to k distinct points, of which the first is drawn uniformly."""
    norms = squared_norms(points)
    first = int(rng.integers(len(points)))
    trials = 2 + int(math.log(k))
    return spread_seeds(first, k, norms, lambda rows: distances_between(points, norms, rows), rng, trials)
