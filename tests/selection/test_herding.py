"""MaxHerding, UHerding and RepDiv against brute force."""

import numpy as np
import pytest

from alseg.errors import QueryError
from alseg.selection.candidates import Candidates
from alseg.selection.geometry import coverage
from alseg.selection.max_herding import MaxHerding
from alseg.selection.rep_div import RepDiv
from alseg.selection.uherding import UHerding, least_distance


def unit(points: np.ndarray) -> np.ndarray:
    return points / np.sqrt((points**2).sum(axis=1, keepdims=True))


def pool(labelled: int, n: int = 120, seed: int = 1):
    rng = np.random.default_rng(seed)
    points, taken = rng.normal(size=(n, 4)) + 1, rng.normal(size=(labelled, 4)) + 1
    return points.astype(np.float32), rng.random(n).astype(np.float32), taken.astype(np.float32)


def greedy(similarity: np.ndarray, covered: np.ndarray, weights: np.ndarray, n: int) -> list[int]:
    """Plain greedy, one candidate and one image at a time; similarity[i, j] of candidate i to image j."""
    picks: list[int] = []
    for _ in range(n):
        gains = [
            -1.0 if i in picks else sum(w * max(s - c, 0) for s, c, w in zip(row, covered, weights))
            for i, row in enumerate(similarity)
        ]
        picks.append(int(np.argmax(gains)))
        covered = np.maximum(covered, similarity[picks[-1]])
    return picks


def kernel(a: np.ndarray, b: np.ndarray, sigma: float) -> np.ndarray:
    return np.exp(-(np.linalg.norm(a[:, None] - b, axis=2) ** 2) / sigma**2)


@pytest.mark.parametrize("block", [1, 2**22])
@pytest.mark.parametrize("labelled", [0, 5])
def test_max_herding_equals_plain_greedy(select, monkeypatch, labelled, block):
    monkeypatch.setattr(coverage, "BLOCK", block)
    points, _, taken = pool(labelled)
    z, known = unit(points.astype(float)), unit(taken.astype(float))
    covered = kernel(known, z, 0.5).max(axis=0) if labelled else np.zeros(len(z))
    expected = greedy(kernel(z, z, 0.5), covered, np.ones(len(z)), 12)
    assert select(MaxHerding(sigma=0.5), 12, points, labelled=taken) == expected


def test_the_first_pick_of_all_has_the_largest_mean_similarity(select):
    points, _, _ = pool(0)
    z = unit(points.astype(float))
    assert select(MaxHerding(), 1, points) == [int(kernel(z, z, 1.0).mean(axis=1).argmax())]


@pytest.mark.parametrize("labelled", [0, 1, 5])
def test_uherding_equals_plain_greedy_with_weights_and_an_adapted_width(select, labelled):
    points, scores, taken = pool(labelled)
    z, known = unit(points.astype(float)), unit(taken.astype(float))
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(known) for b in known[:i]]
    sigma = min(pairs) if pairs else 1.0
    covered = kernel(known, z, sigma).max(axis=0) if labelled else np.zeros(len(z))
    expected = greedy(kernel(z, z, sigma), covered, scores.astype(float), 12)
    assert select(UHerding(), 12, points, scores, labelled=taken) == expected


def test_uherding_with_a_narrow_kernel_is_uncertainty_and_with_equal_scores_coverage(select):
    points, scores, taken = pool(5)
    assert select(UHerding(sigma=1e-3), 12, points, scores, labelled=taken) == np.argsort(-scores)[:12].tolist()
    for equal in (np.ones(120), np.zeros(120), -np.ones(120)):
        picked = select(UHerding(sigma=0.5), 12, points, equal, labelled=taken)
        assert picked == select(MaxHerding(sigma=0.5), 12, points, labelled=taken)


def test_the_width_is_in_the_notes_and_duplicates_do_not_make_it_zero():
    points, scores, _ = pool(0)
    known = np.array([[1, 0, 0, 0], [2, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 0, 1]], np.float32)  # two of one direction
    candidates = Candidates(tuple(f"{i:03d}" for i in range(120)), scores, points, tuple("abcd"), known)
    UHerding().select(candidates, 3, np.random.default_rng(0))
    assert candidates.notes["sigma"] == pytest.approx(np.sqrt(0.4**2 + 0.8**2), rel=1e-5)


def test_the_least_distance_in_blocks(monkeypatch):
    points = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    points[7] = points[3]
    pairs = np.linalg.norm(points[:, None].astype(float) - points, axis=2)
    monkeypatch.setattr("alseg.selection.uherding.BLOCK", 120)
    assert least_distance(points) == pytest.approx(pairs[pairs > 1e-6].min(), rel=1e-4)
    assert least_distance(points[:1]) is None
    assert least_distance(points[[3, 7]]) is None
    assert least_distance(points[:0]) is None


@pytest.mark.parametrize("labelled", [0, 5])
def test_rep_div_equals_brute_force(select, labelled):
    points, _, taken = pool(labelled)
    z, known = unit(points.astype(float)), unit(taken.astype(float))
    cosine = z @ z.T
    covered = np.maximum((known @ z.T).max(axis=0), 0) if labelled else np.zeros(len(z))
    expected = greedy(cosine, covered, np.ones(len(z)), 7)  # 0.7 of ten
    for _ in range(3):
        chosen = np.concatenate([z[expected], known])
        nearest = (z @ chosen.T).max(axis=1)
        nearest[expected] = np.inf
        expected.append(int(nearest.argmin()))
    assert select(RepDiv(), 10, points, labelled=taken) == expected


def test_rep_div_with_one_share_alone(select):
    points, _, taken = pool(4)
    assert len(set(select(RepDiv(share=1), 9, points, labelled=taken))) == 9
    assert len(set(select(RepDiv(share=0), 9, points, labelled=taken))) == 9
    assert len(set(select(RepDiv(share=0), 9, points))) == 9
    assert len(set(select(RepDiv(), 1, points))) == 1


def test_places_on_a_map_have_no_direction():
    candidates = Candidates(tuple("abc"), features=np.eye(3, 2, dtype=np.float32), on_map=True)
    with pytest.raises(QueryError, match="RepDiv.*map"):
        RepDiv().select(candidates, 2, np.random.default_rng(0))


@pytest.mark.parametrize("selector", [MaxHerding, RepDiv])
def test_a_random_part_represents_a_large_pool(select, blobs, selector):
    points, of = blobs(60, 60, 60)
    picked = select(selector(references=30), 3, points)
    assert sorted(of[picked]) == [0, 1, 2]
    assert len({tuple(select(selector(references=30), 3, points, seed=seed)) for seed in range(5)}) > 1
    assert len({tuple(select(selector(references=300), 3, points, seed=seed)) for seed in range(5)}) == 1


def test_weights_of_a_random_part_are_those_of_its_images(select, blobs):
    points, of = blobs(60, 60, 60)
    scores = np.where(of == 1, 1.0, 1e-6)
    assert of[select(UHerding(references=30), 1, points, scores)].tolist() == [1]


@pytest.mark.parametrize(
    ("selector", "bad"),
    [
        (MaxHerding, {"sigma": 0}),
        (MaxHerding, {"references": 0}),
        (UHerding, {"sigma": -1}),
        (UHerding, {"references": 0}),
        (RepDiv, {"share": 1.5}),
        (RepDiv, {"references": 0}),
    ],
)
def test_impossible_arguments(selector, bad):
    with pytest.raises(ValueError, match=f"^{next(iter(bad))}="):
        selector(**bad)
