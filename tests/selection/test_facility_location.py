"""Facility location."""

import numpy as np
import pytest

from alseg.selection.facility_location import FacilityLocation
from alseg.selection.geometry import coverage


def brute_force(points: np.ndarray, labelled: np.ndarray, n: int) -> list[int]:
    """Plain greedy."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    nearest = np.full(len(points), 1e3)
    if len(labelled):
        nearest = np.linalg.norm(points[:, None] - labelled, axis=2).min(axis=1)
    picks: list[int] = []
    for _ in range(n):
        gains = np.maximum(nearest - distances, 0).sum(axis=1)
        gains[picks] = -1
        picks.append(int(gains.argmax()))
        nearest = np.minimum(nearest, distances[picks[-1]])
    return picks


@pytest.mark.parametrize("labelled", [0, 7])
@pytest.mark.parametrize("block", [1, 1000, 2**22])
def test_lazy_greedy_equals_plain_greedy(select, monkeypatch, labelled, block):
    monkeypatch.setattr(coverage, "BLOCK", block)
    rng = np.random.default_rng(1)
    points, taken = rng.normal(size=(150, 6)) + 10, rng.normal(size=(labelled, 6)) + 10
    points, taken = points.astype(np.float32), taken.astype(np.float32)
    picked = select(FacilityLocation(), 30, points, labelled=taken)
    assert picked == brute_force(points.astype(float), taken.astype(float), 30)


def test_the_first_is_the_medoid(select):
    assert select(FacilityLocation(), 1, np.array([[0.0], [1.0], [2.0], [3.0], [100.0]])) == [2]


def test_one_per_blob(select, blobs):
    points, of = blobs(30, 5, 12, 1, 40, 8)
    assert sorted(of[select(FacilityLocation(), 6, points)]) == [0, 1, 2, 3, 4, 5]


def test_a_labelled_blob_is_represented(select, blobs):
    points, of = blobs(20, 40, 30)
    picked = select(FacilityLocation(), 2, points, labelled=points[of == 1][:2])
    assert of[picked].tolist() == [2, 0]


def test_duplicates_come_last(select):
    points = np.repeat(np.arange(4.0)[:, None] * 10, 5, axis=0)
    picked = select(FacilityLocation(), 10, points)
    assert len(set(picked)) == 10
    assert {row // 5 for row in picked[:4]} == {0, 1, 2, 3}


def test_a_random_part_represents_a_large_pool(select, blobs):
    points, of = blobs(100, 100, 100)
    picked = select(FacilityLocation(references=30), 3, points)
    assert sorted(of[picked]) == [0, 1, 2]
    assert len({tuple(select(FacilityLocation(references=30), 3, points, seed=seed)) for seed in range(5)}) > 1
    assert len({tuple(select(FacilityLocation(references=300), 3, points, seed=seed)) for seed in range(5)}) == 1


def test_impossible_arguments():
    with pytest.raises(ValueError, match="^references=0: "):
        FacilityLocation(references=0)
