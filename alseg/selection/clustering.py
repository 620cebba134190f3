"""k-means, shared by several selectors."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from alseg.selection.farthest import squared_distances, squared_norms

ROUNDING = 1e-6
"""A squared distance below this share of the squared norms is rounding: the two points are one."""


def k_means(
    points: NDArray[np.float32], k: int, rng: np.random.Generator, iterations: int = 25
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Lloyd's iterations from k-means++ seeds.

    Args:
        points: ``(N, D)``, centred.
        k: clusters; there are fewer where there are fewer distinct points.
        rng: draws the seeds.
        iterations: of Lloyd's algorithm.

    Returns:
        ``(N,)`` cluster of each point, below k, and ``(N,)`` squared distance to its centre.

    Source of the seeding: Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007.
    """
    centres = points[_seeds(points, k, rng)]
    labels, distances = _nearest(points, centres)
    for _ in range(iterations):
        centres = _means(points, labels, distances, len(centres))
        before = labels
        labels, distances = _nearest(points, centres)
        if np.array_equal(labels, before):
            break
    return labels, distances


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
    """Up to k rows, each drawn with probability proportional to its squared distance to the nearest one before."""
    norms = squared_norms(points)
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    seeds = [int(rng.integers(len(points)))]
    while len(seeds) < k:
        distances = squared_distances(points, norms, seeds[-1])
        distances[distances <= ROUNDING * (norms + norms[seeds[-1]])] = 0
        np.minimum(nearest, distances, out=nearest)
        mass = np.cumsum(nearest, dtype=np.float64)
        if mass[-1] == 0:
            break
        seeds.append(min(int(mass.searchsorted(rng.random() * mass[-1], side="right")), len(points) - 1))
    return np.array(seeds, dtype=np.intp)
