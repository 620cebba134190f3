"""ProbCover."""

import numpy as np
import pytest

from alseg.selection import probcover
from alseg.selection.probcover import ProbCover, count_within, pure_radius


def gains_of(picks: list[int], points: np.ndarray, labelled: np.ndarray, delta: float) -> list[tuple[int, int]]:
    """For each pick in turn, what it newly covers and the most that any image would have covered."""
    near = np.linalg.norm(points[:, None] - points, axis=2) < delta
    covered = (np.linalg.norm(points[:, None] - labelled, axis=2) < delta).any(axis=1)
    gains = []
    for pick in picks:
        counts = (near & ~covered).sum(axis=1)
        gains.append((int(counts[pick]), int(counts.max())))
        covered |= near[pick]
    return gains


@pytest.mark.parametrize("labelled", [0, 6])
@pytest.mark.parametrize("delta", [0.5, 1.0, 2.0])
def test_greedy_equals_brute_force(select, labelled, delta):
    rng = np.random.default_rng(0)
    points, taken = rng.normal(size=(200, 3)) + 5, rng.normal(size=(labelled, 3)) + 5
    points, taken = points.astype(np.float32), taken.astype(np.float32)
    picks = select(ProbCover(delta=delta, normalise=False), 15, points, labelled=taken)
    gains = gains_of(picks, points.astype(float), taken.astype(float), delta)
    assert all(gain == best for gain, best in gains)
    assert gains[0][0] > 1


def test_one_per_blob_the_largest_first(select, blobs):
    points, of = blobs(10, 30, 20)
    assert of[select(ProbCover(delta=40, normalise=False), 3, points)].tolist() == [1, 2, 0]


def test_a_labelled_blob_is_covered(select, blobs):
    points, of = blobs(10, 30, 20)
    assert of[select(ProbCover(delta=40, normalise=False), 2, points, labelled=points[of == 1][:1])].tolist() == [2, 0]


def test_when_all_is_covered_the_farthest_follow(select):
    points = np.array([[0.0], [1.0], [2.0], [9.0], [10.0], [11.0]])
    picked = select(ProbCover(delta=1.5, normalise=False), 4, points)
    assert set(picked[:2]) == {1, 4}
    assert set(picked[2:]) <= {0, 2, 3, 5}
    assert picked == select(ProbCover(delta=1.5, normalise=False), 4, points)


def test_ties_are_broken_by_lot_not_by_name(select):
    points = 10 * np.arange(30)[:, None]
    assert len({select(ProbCover(delta=1, normalise=False), 1, points, seed=seed)[0] for seed in range(30)}) > 10


def test_the_count_in_blocks_equals_brute_force(monkeypatch):
    rng = np.random.default_rng(0)
    points, centres = rng.normal(size=(101, 4)).astype(np.float32), rng.normal(size=(23, 4)).astype(np.float32)
    expected = (np.linalg.norm(points[:, None] - centres, axis=2) < 2).sum(axis=1)
    monkeypatch.setattr(probcover, "BLOCK", 100)
    assert np.array_equal(count_within(points, centres, 2.0), expected)
    assert np.array_equal(count_within(points, centres, np.inf), np.full(101, 23))
    assert np.array_equal(count_within(points, centres[:0], 2.0), np.zeros(101))


def test_the_radius_on_a_set_made_for_it():
    # Two clusters on a line, 10 each; the gap is 11 wide and the points lie 1 apart. A ball is pure up to the distance
    # to the other cluster: 11 for the inner point of each cluster, 12 for the next ones, and so on.
    points = np.concatenate([np.arange(10), 20 + np.arange(10)]).astype(np.float32)[:, None]
    points -= points.mean()
    rng = np.random.default_rng(0)
    for purity, radius in [(1.0, 11), (0.95, 11), (0.9, 12), (0.85, 12), (0.8, 13), (0.0001, 20)]:
        assert pure_radius(points, 2, purity, rng) == pytest.approx(radius), purity


@pytest.mark.parametrize("purity", [0.8, 0.95])
def test_no_larger_radius_is_as_pure(purity, monkeypatch):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 3)).astype(np.float32)
    labels = (points[:, 0] > 0).astype(np.intp)
    monkeypatch.setattr(probcover, "k_means", lambda *_: (labels, None))
    radius = pure_radius(points, 2, purity, rng)

    def pure(r: float) -> float:
        near = np.linalg.norm(points[:, None].astype(float) - points, axis=2) < r
        return float((~(near & (labels[:, None] != labels))).all(axis=1).mean())

    assert pure(radius * (1 - 1e-4)) >= purity > pure(radius * (1 + 1e-4))


def test_one_cluster_is_covered_by_one_ball(select):
    assert pure_radius(np.zeros((8, 2), np.float32), 5, 0.95, np.random.default_rng(0)) == np.inf
    assert len(set(select(ProbCover(), 5, np.ones((8, 2))))) == 5


@pytest.mark.parametrize("bad", [{"delta": 0}, {"purity": 0}, {"purity": 1.5}, {"clusters": 0}])
def test_impossible_arguments(bad):
    with pytest.raises(ValueError, match=f"^{next(iter(bad))}="):
        ProbCover(**bad)
