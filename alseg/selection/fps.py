"""Farthest-point sampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import centred, pick_farthest, squared_norms, starting_at, to_nearest
from alseg.selection.selector import Selector


class FarthestPoint(Selector):
    """Greedy k-center that starts from the most central image: deterministic.

    pick = argmax over the pool of the distance to the nearest labelled or picked image, Euclidean in feature space.
    With nothing labelled yet, the first pick is the image nearest to the pool's mean.

    Source: Gonzalez, "Clustering to Minimize the Maximum Intercluster Distance", Theoretical Computer Science 38, 1985
    (the traversal; the start is our choice).
    """

    needs = frozenset({"features"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates)
        if len(labelled):
            return pick_farthest(candidates, points, to_nearest(points, labelled), n, "farthest-point sampling")
        nearest = starting_at(int(squared_norms(points).argmin()), len(points))
        return pick_farthest(candidates, points, nearest, n, "farthest-point sampling")
