"""Greedy maximisation of how well a pool is covered by the picks, for any similarity that falls with the distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from alseg.selection.geometry.farthest import squared_norms, to_nearest

BLOCK = 2**22
"""Most similarities held at a time."""

Similarity = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Similarities of squared distances, in the same array, which may be overwritten."""


def cover(
    points: NDArray[np.float32],
    labelled: NDArray[np.float32],
    n: int,
    similarity: Similarity,
    *,
    nothing: float,
    references: NDArray[np.intp] | None = None,
    weights: NDArray[np.float32] | None = None,
) -> NDArray[np.intp]:
    """n rows, each of which adds most to ``f(S) = sum_i w_i max_{j in S or labelled} s(i, j)``.

    f is monotone and submodular, so a row's gain never rises: a gain computed earlier is an upper bound, and only rows whose
    bound is above the best fresh gain are looked at again (lazy greedy, in blocks). The picks equal those of plain greedy.

    Args:
        points: ``(N, D)``, centred.
        labelled: ``(L, D)``, which cover from the beginning.
        n: at most N.
        similarity: s, of squared distances.
        nothing: similarity to nothing at all, at most that of the two points that are farthest apart.
        references: rows over which the sum goes; None for all.
        weights: ``(len(references),)`` w, not negative; None for 1.

    Source: lazy greedy is Minoux's, 1978.
    """
    covered_points = points if references is None else points[references]
    norms, columns = squared_norms(points), np.ascontiguousarray(covered_points.T)
    column_norms = squared_norms(covered_points)

    def similarities(rows: NDArray[np.intp]) -> NDArray[np.float32]:
        squared: NDArray[np.float32] = points[rows] @ columns
        squared *= -2
        squared += norms[rows, None]
        squared += column_norms
        np.maximum(squared, 0, out=squared)
        return similarity(squared)

    def gains(rows: NDArray[np.intp]) -> NDArray[np.float32]:
        more = similarities(rows)
        more -= covered
        np.maximum(more, 0, out=more)
        total: NDArray[np.float32] = more.sum(axis=1) if weights is None else more @ weights
        return total

    covered = np.full(len(covered_points), nothing, dtype=np.float32)
    if len(labelled):
        np.maximum(covered, similarity(to_nearest(covered_points, labelled)), out=covered)
    largest = max(1, BLOCK // len(covered_points))
    bounds = np.full(len(points), np.inf, dtype=np.float32)
    picks = np.empty(n, dtype=np.intp)
    for i in range(n):
        fresh = np.zeros(len(points), dtype=bool)
        step = 32 if i else largest
        while not fresh[pick := int(bounds.argmax())]:
            stale = np.flatnonzero(~fresh & (bounds > -np.inf))
            step = min(step, len(stale))
            # The one on top too: where many bounds are equal, argpartition need not return it.
            rows = np.union1d(stale[np.argpartition(-bounds[stale], step - 1)[:step]], [pick])
            bounds[rows] = gains(rows)
            fresh[rows] = True
            step = min(2 * step, largest)
        picks[i] = pick
        np.maximum(covered, similarities(picks[i : i + 1])[0], out=covered)
        bounds[pick] = -np.inf
    return picks


def sampled(size: int, most: int, rng: np.random.Generator) -> NDArray[np.intp] | None:
    """Rows that stand for ``size`` of them: ``most``, sorted, drawn at random; None where there are no more than that."""
    return np.sort(rng.choice(size, most, replace=False)) if size > most else None
