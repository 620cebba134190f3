"""One image per k-means cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.clustering import k_means
from alseg.selection.farthest import centred, top_up
from alseg.selection.selector import Selector


class KMeans(Selector):
    """The candidates are clustered into n groups, and each gives its image nearest to the centre.

    pick_c = argmin over the members x of cluster c of |z_x - centre_c|. What is labelled plays no part. Where the pool
    has fewer than n distinct embeddings, the rest is picked farthest-first. Behind :class:`Prefilter` this is
    uncertainty × cluster.

    Source: Zhdanov, "Diverse Mini-Batch Active Learning", arXiv 1901.05954, 2019 (without its weights); UniSAL's
    cluster step is the same: Zhong et al., Medical Image Analysis 102, 2025, 103542.
    """

    needs = frozenset({"features"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        points, labelled = centred(candidates)
        clusters, distances = k_means(points, n, rng)
        by_cluster = np.lexsort((distances, clusters))
        first = np.unique(clusters[by_cluster], return_index=True)[1]
        return top_up(points, labelled[:0], by_cluster[first], n)
