"""Mean silhouette, a measure of how well clusters are separated, of many clusterings at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROWS = 512
"""Rows of the distance matrix held at a time."""

COLUMNS = 512
"""Clusters, of all clusterings together, summed at a time."""


def mean_silhouettes(points: NDArray[np.float32], clusterings: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """The mean silhouette of the points under each clustering.

    s(i) = (b - a) / max(a, b), with a the mean distance to the other members of the own cluster and b the least mean
    distance to the members of another one; 0 for a cluster of one. The distances are the same for all clusterings, so
    each block of them is computed once and its sums over all clusters are one matrix product.

    Args:
        points: ``(N, D)``.
        clusterings: ``(N,)`` cluster of each point, each of at least 2 clusters.

    Returns:
        One mean per clustering, in [-1, 1].

    Source: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis", Journal of
    Computational and Applied Mathematics 20, 1987.
    """
    means = np.empty(len(clusterings))
    compact = [np.unique(labels, return_inverse=True)[1] for labels in clusterings]
    counts = [int(labels.max()) + 1 for labels in compact]
    start = 0
    while start < len(compact):
        stop = start + 1
        while stop < len(compact) and sum(counts[start : stop + 1]) <= COLUMNS:
            stop += 1
        means[start:stop] = _together(points, compact[start:stop], counts[start:stop])
        start = stop
    return means


def _together(
    points: NDArray[np.float32], clusterings: Sequence[NDArray[np.intp]], counts: Sequence[int]
) -> NDArray[np.float64]:
    rows = np.arange(len(points))
    firsts = np.concatenate([[0], np.cumsum(counts)])
    members = np.zeros((len(points), firsts[-1]), dtype=np.float32)
    for labels, first in zip(clusterings, firsts):
        members[rows, first + labels] = 1
    totals = np.zeros(len(clusterings))
    for begin in range(0, len(points), ROWS):
        block = slice(begin, begin + ROWS)
        sums = _distances(points, block) @ members
        for i, labels in enumerate(clusterings):
            totals[i] += _silhouettes(sums[:, firsts[i] : firsts[i + 1]], labels, block).sum()
    return totals / len(points)


def _distances(points: NDArray[np.float32], block: slice) -> NDArray[np.float32]:
    """``(B, N)`` Euclidean distances of some points to all, exactly 0 between a point and itself."""
    some = points[block]
    if points.shape[1] <= 3:  # few enough for differences, which do not cancel
        squared = np.zeros((len(some), len(points)), dtype=np.float32)
        for ours, theirs in zip(some.T, points.T):
            difference = ours[:, None] - theirs
            difference *= difference
            squared += difference
    else:
        squared = some @ points.T
        squared *= -2
        squared += np.einsum("ij,ij->i", some, some)[:, None]
        squared += np.einsum("ij,ij->i", points, points)
        np.maximum(squared, 0, out=squared)
        rows = np.arange(len(some))
        squared[rows, block.start + rows] = 0
    np.sqrt(squared, out=squared)
    return squared


def _silhouettes(sums: NDArray[np.float32], labels: NDArray[np.intp], block: slice) -> NDArray[np.float64]:
    """``(B,)`` silhouettes, of ``(B, k)`` sums of distances to the members of each cluster."""
    sizes, own = np.bincount(labels), labels[block]
    rows = np.arange(len(own))
    others = sums / sizes.astype(np.float64)
    others[rows, own] = np.inf
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    between = others.min(axis=1)
    larger = np.maximum(within, between)
    # Where all distances are 0 the point lies between the clusters; a cluster of one counts 0 by definition.
    score = np.where(larger > 0, (between - within) / np.where(larger > 0, larger, 1), 0)
    return np.where(sizes[own] > 1, score, 0)
