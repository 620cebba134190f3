"""Facility location: every image has a near representative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import centred, squared_norms, to_nearest
from alseg.selection.selector import Selector

BLOCK = 2**22
"""Most distances held at a time."""


class FacilityLocation(Selector):
    """Greedy maximisation of how well the picks and the labelled set represent the pool.

    f(S) = sum over the pool of max_{j in S or labelled} s(i, j),  s(i, j) = c - |z_i - z_j|,

    with Euclidean distances and a constant c that is larger than all of them, which makes this greedy k-medoids: the
    first pick with nothing labelled is the pool's medoid. f is monotone and submodular, so an image's gain never rises:
    a gain computed earlier is an upper bound, and only images whose bound is above the best fresh gain are looked at
    again (lazy greedy, in blocks). The picks equal those of plain greedy.

    Args:
        references: a pool of more images than this is represented by so many of them, drawn at random in each query.
            All images stay candidates.

    Source: Wei, Iyer and Bilmes, "Submodularity in Data Subset Selection and Active Learning", ICML 2015 (facility
    location on features; the similarity is ours). Lazy greedy: Minoux, 1978.
    """

    needs = frozenset({"features"})

    def __init__(self, references: int = 10_000) -> None:
        if references < 1:
            raise ValueError(f"references={references}: 1 is the least")
        self.references = references

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates)
        references = points
        if len(points) > self.references:
            references = points[np.sort(rng.choice(len(points), self.references, replace=False))]
        norms, columns = squared_norms(points), np.ascontiguousarray(references.T)
        column_norms = squared_norms(references)

        def distances(rows: NDArray[np.intp]) -> NDArray[np.float32]:
            squared: NDArray[np.float32] = points[rows] @ columns
            squared *= -2
            squared += norms[rows, None]
            squared += column_norms
            np.maximum(squared, 0, out=squared)
            np.sqrt(squared, out=squared)
            return squared

        def gains(rows: NDArray[np.intp]) -> NDArray[np.float32]:
            closer = distances(rows)
            np.subtract(nearest, closer, out=closer)
            np.maximum(closer, 0, out=closer)
            total: NDArray[np.float32] = closer.sum(axis=1)
            return total

        # c = twice the largest norm: no distance between centred points is larger.
        nearest = np.full(len(references), 2 * np.sqrt(norms.max()), dtype=np.float32)
        if len(labelled):
            nearest = np.sqrt(to_nearest(references, labelled))
        largest = max(1, BLOCK // len(references))
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
            np.minimum(nearest, distances(picks[i : i + 1])[0], out=nearest)
            bounds[pick] = -np.inf
        return picks
