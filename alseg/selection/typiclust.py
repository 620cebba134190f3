"""TypiClust: the most typical image of each cluster that has no label yet."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.clustering import k_means
from alseg.selection.geometry.farthest import centred
from alseg.selection.selector import Selector


class TypiClust(Selector):
    """One image of each cluster, from the clusters with the fewest labels, the largest of them first.

    Labelled set and pool are clustered together by k-means into min(L + n, ``max_clusters``) clusters. Inside a
    cluster the images are ranked by

        typicality(x) = 1 / mean distance to the K nearest neighbours,  K = min(``neighbours``, size // 2),

    Euclidean, where size and neighbours are the cluster's unlabelled images. Clusters with ``min_size`` images or fewer
    are left out; where clusters have no ten images on average, those of half the average or fewer (ours: the 500 clusters of
    the paper hold a hundred images each). A query larger than the number of clusters goes round again and takes the second
    of each, and so on; when those run out, the small clusters follow (both our choice).

    Args:
        max_clusters, neighbours, min_size: see above.
        normalise: scale features to length 1 first, as the released code does; places on the map never are.

    Source: Hacohen, Dekel and Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets",
    ICML 2022.
    """

    needs = frozenset({"features"})

    def __init__(
        self, max_clusters: int = 500, neighbours: int = 20, min_size: int = 5, normalise: bool = True
    ) -> None:
        for key, value in (("max_clusters", max_clusters), ("neighbours", neighbours)):
            if value < 1:
                raise ValueError(f"{key}={value}: at least 1")
        self.max_clusters = max_clusters
        self.neighbours = neighbours
        self.min_size = min_size
        self.normalise = normalise

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates, normalise=self.normalise)
        k = min(len(labelled) + n, self.max_clusters)
        clusters = k_means(np.concatenate([points, labelled]), k, rng)[0]
        sizes = np.bincount(clusters, minlength=k)
        labels = np.bincount(clusters[len(points) :], minlength=k)
        small = sizes <= min(self.min_size, len(clusters) / k / 2)

        # The pool's rows, cluster by cluster, and each row's rank in its own cluster.
        rows = np.argsort(clusters[: len(points)], kind="stable")
        rank = np.empty(len(rows), dtype=np.intp)
        for members in np.split(rows, np.cumsum(sizes - labels)[:-1]):
            if len(members):
                rank[members[_typical_first(points[members], self.neighbours)]] = np.arange(len(members))
        own = clusters[: len(points)]
        # lexsort sorts by its last key first; a cluster's number is a lot, so names of files break no tie.
        return np.lexsort((own, -sizes[own], labels[own], rank, small[own]))[:n]


def _typical_first(points: NDArray[np.float32], neighbours: int) -> NDArray[np.intp]:
    """The rows of one cluster by falling typicality."""
    k = min(neighbours, len(points) // 2)
    if k == 0:
        return np.zeros(1, dtype=np.intp)
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(points)
    squared = index.search(points, k + 1)[0][:, 1:]  # the nearest is the point itself
    return np.argsort(np.sqrt(squared).mean(axis=1), kind="stable")
