"""Distances in feature space and the greedy loop of farthest-first traversal, shared by several selectors.

Squared distances come from cached norms and products, |a - b|² = |a|² + |b|² - 2 a·b; centring keeps the cancellation
error small.
"""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from alseg.errors import QueryError
from alseg.selection.candidates import Candidates


def centred(candidates: Candidates, *, normalise: bool = False) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``(N, D)`` features of the candidates and ``(L, D)`` of the labelled set, less the mean of the candidates.

    Args:
        candidates: with features.
        normalise: scale each image's features to length 1 before, so that distances are angles; on the map, whose places
            have no direction, it has no effect, and features that are all 0 stay 0.

    Raises:
        QueryError: if a feature is not finite.
    """
    features, labelled = candidates.features, candidates.labelled_features
    assert features is not None
    if normalise and not candidates.on_map:
        features, labelled = unit_length(features), unit_length(labelled)
    centre = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    # A sum is finite only where all of its terms are.
    if not (np.isfinite(centre).all() and np.isfinite(labelled.sum(dtype=np.float64))):
        raise QueryError("a feature of an image is not finite; did the training diverge?")
    return (
        np.ascontiguousarray(features - centre),
        np.ascontiguousarray(labelled.reshape(len(labelled), features.shape[1]) - centre),
    )


def unit_length(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(N, D)`` features, each row scaled to Euclidean length 1; rows of zeros stay as they are."""
    if not features.size:
        return features
    lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (features / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def squared_norms(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(N,)``."""
    norms: NDArray[np.float32] = np.einsum("ij,ij->i", points, points)
    return norms


def squared_distances(points: NDArray[np.float32], norms: NDArray[np.float32], row: int) -> NDArray[np.float32]:
    """``(N,)`` squared distances of all points to one of them; rounding may leave them a little below 0."""
    distances: NDArray[np.float32] = norms + norms[row] - 2 * (points @ points[row])
    return distances


def distances_between(
    points: NDArray[np.float32], norms: NDArray[np.float32], rows: NDArray[np.intp]
) -> NDArray[np.float32]:
    """``(t, N)`` squared distances of t of the points to all, likewise; one pass over the points for all t."""
    distances: NDArray[np.float32] = points[rows] @ points.T
    distances *= -2
    distances += norms
    distances += norms[rows, None]
    return distances


def to_nearest(points: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(N,)`` squared distance of each point to the nearest reference, of which there is at least one."""
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(references)
    distances: NDArray[np.float32] = index.search(points, 1)[0][:, 0]
    return distances


def farthest_first(
    points: NDArray[np.float32], nearest: NDArray[np.float32], n: int, squared: NDArray[np.float32] | None = None
) -> NDArray[np.intp]:
    """n rows, each the farthest from everything taken before it.

    Args:
        points: ``(N, D)``, centred.
        nearest: ``(N,)`` squared distance to what is taken already, and -inf where a row must not be picked;
            overwritten.
        n: at most the number of rows that may be picked.
        squared: ``(n,)``, to be filled with the squared distance at which each was picked.
    """
    norms = squared_norms(points)
    picks = np.empty(n, dtype=np.intp)
    for i in range(n):
        picks[i] = pick = int(nearest.argmax())
        if squared is not None:
            squared[i] = nearest[pick]
        np.minimum(nearest, squared_distances(points, norms, pick), out=nearest)
        nearest[pick] = -np.inf  # equal embeddings must not be picked twice
    return picks


def top_up(
    points: NDArray[np.float32], labelled: NDArray[np.float32], picks: NDArray[np.intp], n: int
) -> NDArray[np.intp]:
    """At least one pick, filled up to n of them farthest-first from the picks and the labelled set."""
    if len(picks) == n:
        return picks
    nearest = to_nearest(points, np.concatenate([points[picks], labelled]))
    nearest[picks] = -np.inf
    return np.concatenate([picks, farthest_first(points, nearest, n - len(picks))])


def starting_at(row: int, size: int) -> NDArray[np.float32]:
    """``(size,)`` distances with which :func:`farthest_first` picks this row first: nothing is labelled yet."""
    nearest = np.full(size, np.finfo(np.float32).max, dtype=np.float32)
    nearest[row] = np.inf
    return nearest


def pick_farthest(
    candidates: Candidates, points: NDArray[np.float32], nearest: NDArray[np.float32], n: int, name: str
) -> NDArray[np.intp]:
    """`farthest_first`, each pick explained by its distance; ``name`` is that of the method."""
    squared = np.empty(n, dtype=np.float32)
    picks = farthest_first(points, nearest, n, squared)
    first = f"first, for nothing is labelled yet ({name})"
    far = [
        f"farthest from everything labelled or picked before ({name}), {np.sqrt(max(0.0, d)):.3g}"
        if d < np.finfo(np.float32).max
        else first
        for d in squared.tolist()
    ]
    candidates.explain(picks, far)
    return picks
