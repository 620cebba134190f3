"""One image per k-means cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.clustering import k_means
from alseg.selection.geometry.farthest import centred, top_up
from alseg.selection.selector import Selector


class KMeans(Selector):
    """The candidates are clustered into n groups, and each gives its image nearest to the centre.

    pick_c = argmin over the members x of cluster c of |z_x - centre_c|. Labelled images have no influence. Where the pool
    has fewer than n distinct embeddings, the rest is picked farthest-first. Behind :class:`Prefilter` this is
    uncertainty × cluster, behind :class:`Threshold` UniSAL's query.

    ``notes`` get ``sizes``, how many candidates each cluster has, and ``picks`` in their order, each with ``id``,
    ``cluster`` (null for one picked farthest-first) and ``why``.

    Args:
        per_cluster: centres are found on at most so many candidates per cluster, drawn at random, and all are then
            assigned to them: a fraction of the time for a large pool; None finds them on all.

    Source: Zhdanov, "Diverse Mini-Batch Active Learning", arXiv 1901.05954, 2019 (without its weights); UniSAL's
    cluster step is the same: Zhong et al., Medical Image Analysis 102, 2025, 103542.
    """

    needs = frozenset({"features"})

    def __init__(self, per_cluster: int | None = None) -> None:
        if per_cluster is not None and (round(per_cluster) != per_cluster or per_cluster < 1):
            raise ValueError(f"per_cluster={per_cluster}: a whole number, 1 at least; null finds the centres on all")
        self.per_cluster = per_cluster

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates)
        clusters, distances = k_means(points, n, rng, per_cluster=self.per_cluster)
        by_cluster = np.lexsort((distances, clusters))
        numbers, first, sizes = np.unique(clusters[by_cluster], return_index=True, return_counts=True)
        picks = top_up(points, labelled[:0], by_cluster[first], n)

        ids = [candidates.ids[row] for row in picks]
        nearest = [
            {"id": id_, "cluster": c, "why": f"nearest to the centre of cluster {c}, of {size}"}
            for id_, c, size in zip(ids, range(len(numbers)), sizes.tolist())
        ]
        farthest = [{"id": id_, "cluster": None, "why": "farthest from the picks"} for id_ in ids[len(numbers) :]]
        candidates.notes.update(sizes=sizes.tolist(), picks=nearest + farthest)
        return picks
