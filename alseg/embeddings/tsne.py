"""t-SNE map: two dimensions in which neighbours stay neighbours."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import faiss
import numpy as np
import openTSNE
from numpy.typing import NDArray
from openTSNE.affinity import PerplexityBasedNN
from openTSNE.nearest_neighbors import PrecomputedNeighbors
from sklearn.decomposition import PCA

from alseg.errors import DataError

FEWEST = 4
"""Fewest distinct points for t-SNE; fewer are mapped by their principal components."""


@dataclass(frozen=True)
class TSNE:
    """t-SNE that starts from the principal components.

    1. The features are centred and, where they have more than ``components`` dimensions, replaced by so many principal
       components.
    2. Each image's 3 · perplexity nearest neighbours are found by faiss, exactly for up to ``exact_neighbours`` images,
       else in an inverted file of about sqrt(N) lists of which ``probes`` are searched.
    3. The map starts from the first two principal components, scaled to a standard deviation of 1e-4, and openTSNE
       optimises it: ``early`` steps with exaggeration 12, then ``steps`` without. Repulsion is by Barnes-Hut for up to
       ``barnes_hut`` images, else by interpolation on a grid (FIt-SNE).

    Equal features are one point, in the computation and in the map. Fewer than 4 distinct ones are mapped by their
    principal components alone; a single one is the origin.

    Args:
        perplexity: None is min(30, max(5, (N - 1) / 3)), and never more than (N - 1) / 2.
        components: principal components that distances are computed from.
        early: optimisation steps with exaggeration.
        steps: optimisation steps after that.
        exact_neighbours: see above.
        probes: see above.
        barnes_hut: see above.
        cell: side of a cell of the grid; smaller is more exact and slower. Of 10,000 images, 1 takes about twice as long as
            1.5 and keeps 0.489 instead of 0.482 of the 10 nearest neighbours (Barnes-Hut: 0.491).
        jobs: threads; 0 is one per CPU that this process may use. The map does not depend on it.

    Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008; Linderman et al., "Fast
    interpolation-based t-SNE for improved visualization of single-cell RNA-seq data", Nature Methods 16, 2019; Poličar,
    Stražar and Zupan, "openTSNE", Journal of Statistical Software 109, 2024. Perplexity and start: after a
    re-implementation of Levy et al., arXiv 2601.18532, 2026.
    """

    perplexity: float | None = None
    components: int = 50
    early: int = 250
    steps: int = 500
    exact_neighbours: int = 20_000
    probes: int = 16
    barnes_hut: int = 4_000
    cell: float = 1.5
    jobs: int = 0

    def __post_init__(self) -> None:
        least = {
            "components": 2,
            "early": 1,
            "steps": 1,
            "exact_neighbours": 0,
            "probes": 1,
            "barnes_hut": 0,
            "jobs": 0,
        }
        for key, value in least.items():
            if getattr(self, key) < value:
                raise ValueError(f"{key}={getattr(self, key)}: {value} is the least")
        for key in ("perplexity", "cell"):
            number = getattr(self, key)
            if number is not None and number <= 0:
                raise ValueError(f"{key}={number}: it must be above 0")

    @property
    def identity(self) -> dict[str, Any]:
        """All that the map depends on besides features and seed, as JSON-able values."""
        return {"map": "t-SNE"} | {key: value for key, value in asdict(self).items() if key != "jobs"}

    def __call__(self, features: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        """``(N, D)`` features give ``(N, 2)`` places in the map.

        Raises:
            DataError: if a feature is not finite.
        """
        if not np.isfinite(features).all():
            raise DataError("map: a feature of an image is not finite")
        first, place = _distinct(features)
        points = self._components(features[first], seed)
        if len(points) < FEWEST:
            return points[place, :2]
        threads = self.jobs or int(faiss.omp_get_max_threads())
        embedding = openTSNE.TSNEEmbedding(
            _start(points, seed),
            self._affinities(points, threads),
            negative_gradient_method="fft" if len(points) > self.barnes_hut else "bh",
            ints_in_interval=self.cell,
            learning_rate="auto",
            n_jobs=threads,
            random_state=seed,
        )
        embedding.optimize(self.early, exaggeration=12, momentum=0.8, inplace=True)
        embedding.optimize(self.steps, momentum=0.8, inplace=True)
        return np.asarray(embedding, dtype=np.float32)[place]

    def _components(self, features: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        """Principal components, the largest first; at least two, of zeros where there are no more dimensions."""
        count = min(self.components, *features.shape)
        points = np.zeros((len(features), max(count, 2)), dtype=np.float32)
        if len(features) > 1:
            points[:, :count] = PCA(count, random_state=seed).fit_transform(features)
        return points

    def _affinities(self, points: NDArray[np.float32], threads: int) -> PerplexityBasedNN:
        others = len(points) - 1
        perplexity = min(self.perplexity or min(30.0, max(5.0, others / 3)), others / 2)
        k = min(others, int(3 * perplexity))
        squared, neighbours = self._neighbours(points, k + 1)
        return PerplexityBasedNN(
            perplexity=perplexity,
            knn_index=PrecomputedNeighbors(*_without_self(neighbours, np.sqrt(squared))),
            n_jobs=threads,
        )

    def _neighbours(self, points: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """``(N, count)`` squared distances and rows of the nearest, the point itself among them."""
        exact = faiss.IndexFlatL2(points.shape[1])
        if len(points) <= self.exact_neighbours:
            exact.add(points)
            return exact.search(points, count)
        lists = faiss.IndexIVFFlat(exact, points.shape[1], int(len(points) ** 0.5))
        lists.train(points)
        lists.add(points)
        lists.nprobe = self.probes
        squared, neighbours = lists.search(points, count)
        short = np.flatnonzero((neighbours < 0).any(axis=1))
        if len(short):  # the lists that were searched hold too few points
            lists.nprobe = lists.nlist
            squared[short], neighbours[short] = lists.search(points[short], count)
        return squared, neighbours


def _distinct(features: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the distinct images in their order, and for every image its place among those."""
    rows = np.ascontiguousarray(features, dtype=np.float32) + np.float32(0)  # -0 and 0 are one
    _, first, inverse = np.unique(rows.view(np.dtype((np.void, rows[:1].nbytes))).ravel(), True, True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse]


def _start(points: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    """Initial places of the map: small, and with noise a hundred times smaller, since no two points may coincide."""
    start = points[:, :2].astype(np.float64)
    start *= 1e-4 / start[:, 0].std()
    start += np.random.default_rng(seed).normal(scale=1e-6, size=start.shape)
    return start


def _without_self(
    neighbours: NDArray[np.int64], distances: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """``(N, k + 1)`` neighbours less the point itself or, where rounding has hidden that, less the farthest."""
    drop = neighbours == np.arange(len(neighbours))[:, None]
    drop[~drop.any(axis=1), -1] = True
    shape = (len(neighbours), neighbours.shape[1] - 1)
    return neighbours[~drop].reshape(shape), distances[~drop].reshape(shape)
