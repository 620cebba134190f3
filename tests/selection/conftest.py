"""Pools for selectors."""

from collections.abc import Callable

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


@pytest.fixture
def select() -> Callable[..., list[int]]:
    """Runs a selector on bare arrays and returns the rows that it picked."""

    def run(selector: Selector, n: int, features=None, scores=None, labelled=(), seed: int = 0) -> list[int]:
        size = len(features if features is not None else scores)
        pool = Candidates(
            ids=tuple(f"{i:05d}" for i in range(size)),
            scores=None if scores is None else np.asarray(scores, np.float32),
            features=None if features is None else np.asarray(features, np.float32),
            labelled_ids=tuple(f"labelled_{i}" for i in range(len(labelled))),
        )
        if len(labelled):
            pool = Candidates(pool.ids, pool.scores, pool.features, pool.labelled_ids, np.asarray(labelled, np.float32))
        return [int(id_) for id_ in selector.select(pool, n, np.random.default_rng(seed))]

    return run


@pytest.fixture
def blobs() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Far apart clusters of the given sizes: ``(N, D)`` features and ``(N,)`` the cluster of each."""

    def make(*sizes: int, spread: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        of = np.repeat(np.arange(len(sizes)), sizes)
        noise = spread * np.random.default_rng(seed).normal(size=(len(of), len(sizes)))
        return (100 * np.eye(len(sizes))[of] + noise).astype(np.float32), of

    return make
