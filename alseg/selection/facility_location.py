"""Facility location: every image has a near representative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.coverage import cover, sampled
from alseg.selection.geometry.farthest import centred, squared_norms
from alseg.selection.selector import Selector


class FacilityLocation(Selector):
    """Greedy maximisation of how well the picks and the labelled set represent the pool.

    f(S) = sum over the pool of max_{j in S or labelled} s(i, j),  s(i, j) = c - |z_i - z_j|,

    with Euclidean distances and a constant c that is larger than all of them, which makes this greedy k-medoids: the
    first pick with nothing labelled is the pool's medoid.

    Args:
        references: a pool of more images than this is represented by so many of them, drawn at random in each query.
            All images stay candidates.

    Source: Wei, Iyer and Bilmes, "Submodularity in Data Subset Selection and Active Learning", ICML 2015 (facility
    location on features; the similarity is ours).
    """

    needs = frozenset({"features"})

    def __init__(self, references: int = 10_000) -> None:
        if references < 1:
            raise ValueError(f"references={references}: 1 is the least")
        self.references = references

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates)
        # No distance between centred points is larger than twice the largest norm.
        farthest = 2 * float(np.sqrt(squared_norms(points).max()))
        references = sampled(len(points), self.references, rng)
        return cover(points, labelled, n, _nearness, nothing=-farthest, references=references)


def _nearness(squared: NDArray[np.float32]) -> NDArray[np.float32]:
    np.sqrt(squared, out=squared)
    return np.negative(squared, out=squared)
