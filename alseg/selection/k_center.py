"""Greedy k-center, the selection of CoreSet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import centred, pick_farthest, starting_at, to_nearest
from alseg.selection.selector import Selector


class KCenter(Selector):
    """Repeatedly picks the image farthest from everything labelled or picked so far.

    Distances are Euclidean in feature space. With nothing labelled yet, the first image is drawn at random.

    Args:
        normalise: scale features to length 1 first; the paper takes them as they are. Places on the map never are.

    Source: Sener and Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", ICLR 2018
    (the greedy 2-approximation, not the mixed-integer refinement).
    """

    needs = frozenset({"features"})

    def __init__(self, normalise: bool = False) -> None:
        self.normalise = normalise

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates, normalise=self.normalise)
        if len(labelled):
            return pick_farthest(candidates, points, to_nearest(points, labelled), n, "k-center")
        nearest = starting_at(int(rng.integers(len(points))), len(points))
        return pick_farthest(candidates, points, nearest, n, "k-center")
