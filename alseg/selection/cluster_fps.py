"""Clusters of the map, the medoid of each, and farthest-point sampling inside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.allocation import largest_remainder
from alseg.selection.geometry.clustering import k_means
from alseg.selection.geometry.farthest import centred, farthest_first, starting_at, to_nearest
from alseg.selection.geometry.medoid import medoid
from alseg.selection.geometry.silhouette import mean_silhouettes
from alseg.selection.selector import Selector


class ClusterFPS(Selector):
    """Medoid of each cluster, the number of clusters by silhouette; the rest by farthest-point sampling inside them.

    1. k-means for every k of 2..min(n, ``max_clusters``); the k with the largest mean silhouette is taken, the smaller
       of equals. k is 1 where n is 1 or all images are one point.
    2. The medoid of each cluster is a seed, the largest cluster first.
    3. The other n - k picks are shared among the clusters in proportion to their size by largest remainder; none gets
       more than it holds.
    4. Each cluster is filled up by farthest-point sampling that starts at its medoid. The clusters take turns, so that
       the first picks are spread too.

    It is meant for a two-dimensional map of embeddings with nothing labelled; any features will do. As a later query
    (ours): labelled images are clustered with the pool; a cluster that holds one has its seed already, so that its
    sampling starts from its labelled images; sizes are the unlabelled images. With more than ``sample`` images, k is
    chosen on so many of them, drawn at random (k-means and silhouette alike), and the final clusters are made of all.

    ``notes`` get: ``k``; ``silhouettes``, by k; ``silhouette_images``, how many they were computed on; ``clusters``, the
    cluster of each id, 0 the largest; and in the order of the clusters ``sizes``, ``medoids`` (null where something is
    labelled) and ``allocation``, the picks of each; ``picks`` in their order, each with ``id``, ``cluster`` and ``why``.

    Args:
        max_clusters: the largest k that is tried.
        restarts: runs of k-means for each k, of which the one with the least sum of squared distances counts.
        sample: see above.

    Source: Levy et al., arXiv 2601.18532, 2026 (the range of k after a re-implementation; the order of the picks, the
    restarts and what is said of labelled images and samples are ours).
    """

    needs = frozenset({"features"})

    def __init__(self, max_clusters: int = 50, restarts: int = 3, sample: int = 10_000) -> None:
        for key, value, least in (("max_clusters", max_clusters, 1), ("restarts", restarts, 1), ("sample", sample, 3)):
            if value < least:
                raise ValueError(f"{key}={value}: {least} is the least")
        self.max_clusters = max_clusters
        self.restarts = restarts
        self.sample = sample

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates)
        everything = np.concatenate([points, labelled])
        clusters, silhouettes, seen = self._clusters(everything, n, rng)
        of_pool, of_labelled = clusters[: len(points)], clusters[len(points) :]
        k = int(clusters.max()) + 1
        sizes = np.bincount(of_pool, minlength=k)
        unseeded = np.bincount(of_labelled, minlength=k) == 0
        allocation = unseeded + largest_remainder(sizes, sizes - unseeded, n - int(unseeded.sum()))

        medoids: list[int | None] = []
        turns: list[tuple[int, int, int]] = []  # (turn, cluster, row)
        for cluster in range(k):
            rows = np.flatnonzero(of_pool == cluster)
            ours = points[rows]
            if unseeded[cluster]:
                middle = medoid(ours)
                medoids.append(int(rows[middle]))
                nearest = starting_at(middle, len(rows))
            else:
                medoids.append(None)
                nearest = to_nearest(ours, labelled[of_labelled == cluster]) if len(rows) else np.empty(0, np.float32)
            order = rows[farthest_first(ours, nearest, int(allocation[cluster]))]
            turns += [(turn, cluster, int(row)) for turn, row in enumerate(order, start=int(not unseeded[cluster]))]
        turns.sort(key=lambda pick: pick[:2])

        ids = candidates.ids
        candidates.notes.update(
            k=k,
            silhouettes={str(tried): score for tried, score in silhouettes.items()},
            silhouette_images=seen,
            clusters=dict(zip((*ids, *candidates.labelled_ids), clusters.tolist())),
            sizes=sizes.tolist(),
            medoids=[None if row is None else ids[row] for row in medoids],
            allocation=allocation.tolist(),
            picks=[{"id": ids[row], "cluster": c, "why": _why(turn, c)} for turn, c, row in turns],
        )
        return np.array([row for *_, row in turns], dtype=np.intp)

    def _clusters(
        self, points: NDArray[np.float32], n: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], dict[int, float], int]:
        """The cluster of each point, the silhouette of each k tried, and the number of points it was computed on."""
        sample = points
        if len(points) > self.sample:
            sample = points[np.sort(rng.choice(len(points), self.sample, replace=False))]
        tried = list(self._clusterings(sample, n, rng))
        if not tried:
            return np.zeros(len(points), dtype=np.intp), {}, len(sample)
        scores = mean_silhouettes(sample, tried)
        best = int(scores.argmax())
        clusters = tried[best]
        if len(sample) < len(points):
            clusters = self._best_k_means(points, best + 2, rng)
        silhouettes = {k: round(float(score), 6) for k, score in enumerate(scores, start=2)}
        return _largest_first(clusters), silhouettes, len(sample)

    def _clusterings(self, points: NDArray[np.float32], n: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
        """Clusterings into 2, 3, ... clusters, as far as there are distinct points for them."""
        for k in range(2, min(n, self.max_clusters, len(points) - 1) + 1):
            clusters = self._best_k_means(points, k, rng)
            if len(np.unique(clusters)) < k:
                return
            yield clusters

    def _best_k_means(self, points: NDArray[np.float32], k: int, rng: np.random.Generator) -> NDArray[np.intp]:
        runs = (k_means(points, k, rng) for _ in range(self.restarts))
        return min(runs, key=lambda run: float(run[1].sum(dtype=np.float64)))[0]


def _largest_first(clusters: NDArray[np.intp]) -> NDArray[np.intp]:
    """Clusters numbered by falling size, equals by their first member."""
    _, first, compact = np.unique(clusters, return_index=True, return_inverse=True)
    order = np.lexsort((first, -np.bincount(compact)))
    number = np.empty(len(order), dtype=np.intp)
    number[order] = np.arange(len(order))
    return number[compact]


def _why(turn: int, cluster: int) -> str:
    return f"{'farthest in' if turn else 'medoid of'} cluster {cluster}"
