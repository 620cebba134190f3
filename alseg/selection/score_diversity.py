"""Score and distance to what is already chosen, traded off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import centred, squared_distances, squared_norms, to_nearest
from alseg.selection.selector import Selector


class ScoreDiversity(Selector):
    """Repeatedly picks the image with the largest S = alpha·H + (1 - alpha)·D.

    H is the score and D the Euclidean distance to the nearest labelled or picked image. Before every pick D is brought
    up to date, and both are min-max scaled to [0, 1] over the images not yet picked: alpha means the same at the first
    pick and at the last, although distances shrink while the space fills up, and one query of n equals n queries of
    one with the same scores. What is equal for all counts 0: with nothing labelled, the first pick goes by H alone.
    Ties are broken at random.

    Args:
        alpha: 1 is :class:`Top`, 0 is farthest-first. A list is a schedule: its first value is for the query of round
            1, the next for that of round 2, and so on; the last stays.

    Source: Levy et al., arXiv 2601.18532, 2026 (entropy and distance in a 2-D embedding, traded off by alpha; the
    scaling is ours).
    """

    needs = frozenset({"scores", "features"})

    def __init__(self, alpha: float | Sequence[float] = 0.5) -> None:
        given: list[object] = list(alpha) if isinstance(alpha, Sequence) else [alpha]
        self.alphas = [float(a) for a in given if isinstance(a, int | float) and 0 <= a <= 1]
        if not len(given) == len(self.alphas) > 0:
            raise ValueError(
                f"alpha={alpha}: it lies between 0 (distance alone) and 1 (score alone), or is a list of such "
                "numbers, one per query"
            )

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.scores is not None
        alpha = self.alphas[min(max(candidates.round - 1, 0), len(self.alphas) - 1)]
        points, labelled = centred(candidates)
        lots = np.argsort(rng.random(len(points)))  # argmax takes the first of equals: the order is the lot
        points, scores = points[lots], candidates.scores[lots].astype(np.float64)
        norms = squared_norms(points)
        nearest = to_nearest(points, labelled) if len(labelled) else np.full(len(points), np.inf, dtype=np.float32)
        left = np.ones(len(points), dtype=bool)
        picks = np.empty(n, dtype=np.intp)
        for i in range(n):
            distances = np.sqrt(np.maximum(nearest, 0), dtype=np.float64)
            merit = alpha * _scaled(scores, left) + (1 - alpha) * _scaled(distances, left)
            picks[i] = pick = int(np.where(left, merit, -np.inf).argmax())
            np.minimum(nearest, squared_distances(points, norms, pick), out=nearest)
            left[pick] = False
        return lots[picks]


def _scaled(values: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The values scaled so that those among which the choice is made fill [0, 1]; 0 where those are all equal."""
    low, high = values[among].min(), values[among].max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)
