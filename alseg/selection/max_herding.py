"""MaxHerding: as much of the pool as possible is similar to a labelled image, by a smooth kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.coverage import Similarity, cover, sampled
from alseg.selection.geometry.farthest import centred
from alseg.selection.selector import Selector


class MaxHerding(Selector):
    """Greedy maximisation of the generalised coverage of the pool.

    C(S) = mean over the pool of max_{j in S or labelled} k(z_i, z_j),  k(a, b) = exp(-|a - b|² / sigma²).

    With a top-hat in the kernel's place it would be :class:`ProbCover`, with a falling distance
    :class:`FacilityLocation`.

    Args:
        sigma: width of the kernel, in the lengths of the features.
        references: a pool of more images than this is represented by so many of them, drawn at random in each query.
        normalise: scale features to length 1 first, as published; places on the map never are.

    Source: Bae, Noh and Sutherland, "Generalized Coverage for More Robust Low-Budget Active Learning", ECCV 2024, arXiv
    2407.12212 (kernel, sigma 1 and normalised features as in the released code; ``references`` is ours).
    """

    needs = frozenset({"features"})

    def __init__(self, sigma: float = 1.0, references: int = 10_000, normalise: bool = True) -> None:
        if sigma <= 0:
            raise ValueError(f"sigma={sigma}: a width is above 0")
        if references < 1:
            raise ValueError(f"references={references}: 1 is the least")
        self.sigma = sigma
        self.references = references
        self.normalise = normalise

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates, normalise=self.normalise)
        references = sampled(len(points), self.references, rng)
        return cover(points, labelled, n, gaussian(self.sigma), nothing=0, references=references)


def gaussian(sigma: float) -> Similarity:
    """The kernel exp(-d² / sigma²)."""

    def similarity(squared: NDArray[np.float32]) -> NDArray[np.float32]:
        squared *= np.float32(-1 / sigma**2)
        return np.exp(squared, out=squared)

    return similarity
