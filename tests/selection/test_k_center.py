"""Greedy k-center against brute force."""

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.k_center import KCenter


def brute_force(points: np.ndarray, labelled: np.ndarray, n: int) -> list[int]:
    chosen, picks = list(labelled), []
    for _ in range(n):
        distances = [min(np.linalg.norm(p - c) for c in chosen) if i not in picks else -1 for i, p in enumerate(points)]
        picks.append(int(np.argmax(distances)))
        chosen.append(points[picks[-1]])
    return picks


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_equals_brute_force(offset):
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(60, 8)) + offset).astype(np.float32)
    labelled = (rng.normal(size=(4, 8)) + offset).astype(np.float32)
    ids = tuple(f"{i:02d}" for i in range(60))
    picked = KCenter().select(
        Candidates(ids, features=points, labelled_ids=tuple("abcd"), labelled_features=labelled), 12, rng
    )
    assert [int(id_) for id_ in picked] == brute_force(points.astype(float), labelled.astype(float), 12)


def test_one_per_cluster_before_a_second_of_any():
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(6), 10)
    points = (100 * np.eye(6)[clusters] + rng.normal(size=(60, 6))).astype(np.float32)
    picked = KCenter().select(Candidates(tuple(f"{i:02d}" for i in range(60)), features=points), 6, rng)
    assert sorted(clusters[[int(id_) for id_ in picked]]) == [0, 1, 2, 3, 4, 5]


def test_without_labels_the_first_is_drawn():
    points = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    pool = Candidates(tuple(f"{i:02d}" for i in range(20)), features=points)
    assert len({KCenter().select(pool, 1, np.random.default_rng(seed))[0] for seed in range(30)}) > 5
