"""Farthest-point sampling."""

import numpy as np
import pytest

from alseg.selection.fps import FarthestPoint
from alseg.selection.k_center import KCenter


def brute_force(points: np.ndarray, n: int) -> list[int]:
    picks = [int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())]
    while len(picks) < n:
        distances = np.linalg.norm(points[:, None] - points[picks], axis=2).min(axis=1)
        picks.append(int(distances.argmax()))
    return picks


def test_starts_from_the_medoid_and_goes_on_farthest_first(select):
    points = np.random.default_rng(0).normal(size=(60, 8)) + 20
    assert select(FarthestPoint(), 12, points) == brute_force(points, 12)


def test_on_a_line(select):
    assert select(FarthestPoint(), 5, np.arange(9)[:, None]) == [4, 0, 8, 2, 6]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_to_chance(select, seed):
    points = np.random.default_rng(0).normal(size=(60, 8))
    assert select(FarthestPoint(), 9, points, seed=seed) == select(FarthestPoint(), 9, points, seed=99)


def test_with_labels_it_is_k_center(select):
    rng = np.random.default_rng(0)
    points, labelled = rng.normal(size=(60, 8)), rng.normal(size=(4, 8))
    assert select(FarthestPoint(), 9, points, labelled=labelled) == select(KCenter(), 9, points, labelled=labelled)
