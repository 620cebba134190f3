"""A query of each strategy on a pool of 8,000: ``python -m benchmarks.simulation``.

CPU seconds of one query of 25 images with 100 labelled, on features of 1,280 dimensions and of 128, and what 50 seeds with 7
queries each take of all strategies together: the part of a simulation that grows with pool and dimensions.

Seen on 2026-11-30 on one core of a very busy machine (load 20): with 128 dimensions 11.5 CPU minutes (typiclust 0.82 s a query,
cluster_margin 0.79, kmeans 0.30, all others 0.03 or less), with 1,280 dimensions 72.7 (typiclust 6.2, cluster_margin 4.1, kmeans
1.8, k_center 0.22, badge 0.09). Cluster_margin was measured before
its distances were one product: those of 3,000 images of 128 dimensions then took 0.22 s instead of 0.42.
"""

from __future__ import annotations

import argparse
import time

import faiss
import numpy as np
import torch

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.selection.candidates import Candidates

STRATEGIES = ("random", "margin", "entropy", "k_center", "badge", "typiclust", "kmeans", "cluster_margin")
SEEDS, QUERIES = 50, 7


def candidates(n: int, labelled: int, dims: int) -> Candidates:
    """Points of 40 true dimensions, without negative values as the features of a network are."""
    rng = np.random.default_rng(0)
    low = rng.normal(size=(n + labelled, 40)) @ rng.normal(size=(40, dims))
    features = np.maximum(low + rng.normal(size=low.shape), 0).astype(np.float32)
    probabilities = rng.dirichlet([1, 1, 1, 1], n).astype(np.float32)
    ids = tuple(f"{row:06d}" for row in range(n))
    known = tuple(f"labelled{row}" for row in range(labelled))
    return Candidates(
        ids,
        scores=-probabilities.max(axis=1),
        features=features[:n],
        labelled_ids=known,
        labelled_features=features[n:],
        probabilities=probabilities,
    )


def main() -> None:
    """Print a line per strategy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=int, default=8_000, help="images (default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    for dims in (128, 1280):
        pool, total = candidates(options.pool, 100, dims), 0.0
        for name in STRATEGIES:
            selector = instantiate(compose([f"strategy={name}"]).strategy).selector
            start = time.process_time()
            selector.select(pool, 25, np.random.default_rng(0))
            seconds = time.process_time() - start
            total += seconds
            print(f"{dims} dimensions, {name}: {seconds:.2f} CPU s a query", flush=True)
        minutes = total * SEEDS * QUERIES / 60
        print(
            f"{dims} dimensions: {minutes:.1f} CPU minutes for {SEEDS} seeds with {QUERIES} queries of each", flush=True
        )


if __name__ == "__main__":
    main()
