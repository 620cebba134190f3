"""ProbCover: as many images as possible lie near a labelled one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.clustering import k_means
from alseg.selection.geometry.farthest import centred, squared_norms, to_nearest, top_up
from alseg.selection.selector import Selector

BLOCK = 2**22
"""Most distances held at a time."""


class ProbCover(Selector):
    """Repeatedly picks the image whose ball of radius delta covers most images that no ball covers yet.

    pick = argmax_x |{u uncovered : |z_x - z_u| < delta}|; ties are broken at random. Labelled images cover too. When
    everything is covered, the rest is picked farthest-first (our choice). No edge of the graph is kept: a newly covered
    image is subtracted from the counts of all that reach it, so memory grows with the pool alone.

    Args:
        delta: radius in feature space; None takes the largest at which the share ``purity`` of the balls around pool
            and labelled images is pure, that is, holds one k-means cluster only.
        clusters: of that k-means; about as many as there are classes, or kinds of image.
        purity: see above; 0.95 in the paper.
        normalise: scale features to length 1 first, as the released code does; places on the map never are. Then no delta
            is above 2.

    Source: Yehuda, Dekel, Hacohen and Weinshall, "Active Learning Through a Covering Lens", NeurIPS 2022.
    """

    needs = frozenset({"features"})

    def __init__(
        self, delta: float | None = None, clusters: int = 10, purity: float = 0.95, normalise: bool = True
    ) -> None:
        if delta is not None and delta <= 0:
            raise ValueError(f"delta={delta}: a radius is above 0 (null chooses one)")
        if not 0 < purity <= 1:
            raise ValueError(f"purity={purity}: it is a share of the balls, above 0 and at most 1")
        if clusters < 1:
            raise ValueError(f"clusters={clusters}: 1 is the least")
        self.delta = delta
        self.clusters = clusters
        self.purity = purity
        self.normalise = normalise

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates, normalise=self.normalise)
        delta = self.delta
        if delta is None:
            delta = pure_radius(np.concatenate([points, labelled]), self.clusters, self.purity, rng)
        lots = rng.random(len(points)) / 2
        uncovered = np.ones(len(points), dtype=bool)
        if len(labelled):
            uncovered = to_nearest(points, labelled) >= delta**2
        gains = count_within(points, points[uncovered], delta)
        picks: list[int] = []
        while len(picks) < n:
            pick = int((gains + lots).argmax())
            if gains[pick] <= 0 and picks:
                break
            picks.append(pick)
            covered = uncovered & (count_within(points, points[[pick]], delta) > 0)
            uncovered &= ~covered
            gains -= count_within(points, points[covered], delta)
            gains[pick] = np.iinfo(np.int32).min
        return top_up(points, labelled, np.array(picks, dtype=np.intp), n)


def count_within(points: NDArray[np.float32], centres: NDArray[np.float32], delta: float) -> NDArray[np.int64]:
    """``(N,)`` number of centres closer than delta to each point; a block of distances at a time."""
    counts = np.zeros(len(points), dtype=np.int64)
    if not len(centres):
        return counts
    # |p - c|² < delta²  is  p·c - |c|²/2 > (|p|² - delta²)/2.
    half, least = squared_norms(centres) / 2, (squared_norms(points) - np.float32(delta) ** 2) / 2
    step = max(1, BLOCK // len(centres))
    for start in range(0, len(points), step):
        place = slice(start, start + step)
        products = points[place] @ centres.T
        products -= half
        counts[place] = np.count_nonzero(products > least[place, None], axis=1)
    return counts


def pure_radius(points: NDArray[np.float32], clusters: int, purity: float, rng: np.random.Generator) -> float:
    """The largest radius at which the share ``purity`` of the open balls holds one k-means cluster only.

    A ball is pure up to the distance from its centre to the nearest point of another cluster; infinite with one cluster.
    """
    labels = k_means(points, clusters, rng)[0]
    pure_up_to = np.full(len(points), np.inf, dtype=np.float32)
    for label in np.unique(labels):
        own = labels == label
        if not own.all():
            pure_up_to[own] = to_nearest(points[own], points[~own])
    impure = min(int((1 - purity) * len(points) + 1e-9), len(points) - 1)  # number of balls that need not be pure
    return float(np.sqrt(np.partition(pure_up_to, impure)[impure]))
