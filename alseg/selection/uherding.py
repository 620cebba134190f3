"""UHerding: coverage of what the model is unsure of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.coverage import BLOCK, cover, sampled
from alseg.selection.geometry.farthest import centred, squared_norms
from alseg.selection.geometry.seeding import ROUNDING
from alseg.selection.max_herding import gaussian
from alseg.selection.selector import Selector


class UHerding(Selector):
    """Greedy maximisation of the pool's coverage, each image weighted by its uncertainty.

    UC(S) = mean over the pool of U(x_i) max_{j in S or labelled} k(z_i, z_j),  k(a, b) = exp(-|a - b|² / sigma²),

    with the scores as U; those below 0 count 0. The width adapts: it is the least distance between two labelled images that
    are not equal, so that while few are labelled coverage decides (:class:`MaxHerding`), and with many, when the kernel is
    narrow, uncertainty. Where no score is above 0, all weigh alike.

    The paper also calibrates the probabilities behind U by a temperature, on a part of the labelled set that is held out for
    it and on a model trained without that part. That is left out here: a strategy sees one model, and its scores as they are.

    Args:
        sigma: width of the kernel, in the lengths of the features; None adapts it, with 1 where fewer than two different
            images are labelled (ours).
        references: a pool of more images than this is represented by so many of them, drawn at random in each query.
        normalise: scale features to length 1 first, as published; places on the map never are.

    Source: Bae, Oliveira and Sutherland, "Uncertainty Herding: One Active Learning Method for All Label Budgets", ICLR 2025,
    arXiv 2412.20644 (``references`` is ours).
    """

    needs = frozenset({"features", "scores"})

    def __init__(self, sigma: float | None = None, references: int = 10_000, normalise: bool = True) -> None:
        if sigma is not None and sigma <= 0:
            raise ValueError(f"sigma={sigma}: a width is above 0 (null adapts it)")
        if references < 1:
            raise ValueError(f"references={references}: 1 is the least")
        self.sigma = sigma
        self.references = references
        self.normalise = normalise

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.scores is not None
        points, labelled = centred(candidates, normalise=self.normalise)
        sigma = self.sigma or least_distance(labelled) or 1.0
        candidates.notes["sigma"] = sigma
        weights = np.maximum(candidates.scores, 0).astype(np.float32)
        weights = weights / weights.max() if weights.max() > 0 else np.ones_like(weights)
        references = sampled(len(points), self.references, rng)
        if references is not None:
            weights = weights[references]
        return cover(points, labelled, n, gaussian(sigma), nothing=0, references=references, weights=weights)


def least_distance(points: NDArray[np.float32]) -> float | None:
    """The least Euclidean distance between two points that are not equal; None where there are no such two."""
    norms = squared_norms(points)
    least = np.inf
    step = max(1, BLOCK // max(1, len(points)))
    for start in range(0, len(points), step):
        block = slice(start, start + step)
        together = norms[block, None] + norms
        squared = together - 2 * (points[block] @ points.T)
        apart = squared[squared > ROUNDING * together]
        least = min(least, float(apart.min()) if len(apart) else np.inf)
    return float(np.sqrt(least)) if np.isfinite(least) else None
