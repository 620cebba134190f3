"""Cluster-Margin: uncertain images, one of each cluster in turn, the smallest clusters first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import centred
from alseg.selection.selector import Selector
from alseg.selection.top import Top

ROWS = 256
"""Rows of the distances that are computed at a time."""


class ClusterMargin(Selector):
    """The ``factor`` · n largest scores are sorted into clusters, which take turns from the smallest to the largest.

    The clusters are those of the whole pool, by agglomeration with average linkage of Euclidean distances. Of each, only the
    images among the largest scores count: they are its size, and one of them at random is picked whenever its turn comes,
    until none is left. So a rare kind of image is not crowded out by a common one.

    A pool of more than ``sample`` images is too large to agglomerate: then the images with the largest scores are clustered,
    together with as many others, drawn at random, as there is room for (ours; it is the whole pool that matters, not all of
    it). If ``factor`` · n is above ``sample``, so many of the largest scores count.

    Args:
        factor: candidates per image asked for, at least 1; 10 in the paper's experiments.
        size: images of a cluster on the average, which says where the tree is cut; the threshold of the paper is a distance.
        sample: see above; time and memory grow with its square (3,000: half a second and 70 MB).

    Source: Citovsky et al., "Batch Active Learning at Scale", NeurIPS 2021.
    """

    needs = frozenset({"features", "scores"})

    def __init__(self, factor: float = 10, size: float = 10, sample: int = 3000) -> None:
        for key, value, least in (("factor", factor, 1), ("size", size, 1), ("sample", sample, 2)):
            if value < least:
                raise ValueError(f"{key}={value}: {least} is the least")
        self.factor = factor
        self.size = size
        self.sample = sample

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, _ = centred(candidates)
        uncertain = Top().pick(candidates, max(n, min(round(self.factor * n), len(points), self.sample)), rng)
        others = np.setdiff1d(np.arange(len(points)), uncertain)
        room = max(0, self.sample - len(uncertain))
        if len(others) > room:
            others = rng.choice(others, room, replace=False)
        clusters = agglomerated(points[np.concatenate([uncertain, others])], self.size)[: len(uncertain)]
        sizes = np.bincount(clusters)
        # Each image's turn: its place in a random order of its cluster. lexsort sorts by its last key first.
        order = np.lexsort((rng.random(len(uncertain)), clusters))
        turn = np.empty(len(uncertain), dtype=np.intp)
        turn[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        lots = rng.permutation(len(sizes))  # of clusters of one size
        return uncertain[np.lexsort((lots[clusters], sizes[clusters], turn))[:n]]


def agglomerated(points: NDArray[np.float32], size: float) -> NDArray[np.intp]:
    """``(N,)`` cluster of each point, at most N / size of them (1 at least), by average linkage."""
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.intp)
    labels = fcluster(linkage(_distances(points), "average"), max(1, int(len(points) / size)), criterion="maxclust")
    return np.asarray(labels, dtype=np.intp) - 1


def _distances(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Euclidean distances of all pairs, condensed: products in double precision take a fraction of the time of scipy's pairs."""
    exact, n = points.astype(np.float64), len(points)
    norms = np.einsum("ij,ij->i", exact, exact)
    found = np.empty(n * (n - 1) // 2)
    filled = 0
    for start in range(0, n, ROWS):
        stop = min(start + ROWS, n)
        squared = exact[start:stop] @ exact[start:].T
        squared *= -2
        squared += norms[start:]
        squared += norms[start:stop, None]
        for place, row in enumerate(squared, start=1):  # pairs with what comes after
            found[filled : filled + len(row) - place] = row[place:]
            filled += len(row) - place
    np.maximum(found, 0, out=found)
    return np.sqrt(found, out=found)
