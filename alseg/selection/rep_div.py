"""RepDiv: first what represents the pool, then what is unlike that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.errors import QueryError
from alseg.selection.candidates import Candidates
from alseg.selection.geometry.coverage import cover, sampled
from alseg.selection.geometry.farthest import centred, farthest_first, to_nearest
from alseg.selection.selector import Selector


class RepDiv(Selector):
    """A share of the query represents the pool, by greedy coverage with cosine similarity; the rest are the most unlike it.

    1. floor(share · n) picks, each of which adds most to sum over the pool of max(0, max_{j in S or labelled} cos(z_i, z_j)).
    2. The others by farthest-first traversal: the least cosine similarity to the nearest of what is labelled or picked.

    The released code takes in 2. the image that is least similar to *any* pick, so that two outliers of one kind follow each
    other; nearest, as in every other farthest-first rule, is ours, as is what is said of labelled images (it is published as
    a cold start).

    Args:
        share: of the query that represents, from 0 to 1.
        references: a pool of more images than this is represented by so many of them, drawn at random in each query.

    Raises:
        QueryError: in picking, if the features are places on a map.

    Source: one of the strategies of Zhu et al., "MedCAL-Bench", arXiv 2508.03441, 2025, by its released code.
    """

    needs = frozenset({"features"})

    def __init__(self, share: float = 0.7, references: int = 10_000) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share={share}: it is a share of the query, from 0 to 1")
        if references < 1:
            raise ValueError(f"references={references}: 1 is the least")
        self.share = share
        self.references = references

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        if candidates.on_map:
            raise QueryError(
                "RepDiv compares directions, and places on a map have none: choose space=embedding or learner"
            )
        points, labelled = centred(candidates, normalise=True)
        representing = int(self.share * n + 1e-9)
        if not representing and not len(labelled):
            representing = 1  # the farthest from nothing is nobody
        references = sampled(len(points), self.references, rng)
        picks = cover(points, labelled, representing, _cosine, nothing=0, references=references)
        if representing == n:
            return picks
        nearest = to_nearest(points, np.concatenate([points[picks], labelled]))
        nearest[picks] = -np.inf
        return np.concatenate([picks, farthest_first(points, nearest, n - representing)])


def _cosine(squared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of vectors of length 1, |a - b|² = 2 - 2 cos."""
    squared *= -0.5
    squared += 1
    return squared
