"""Score and diversity, traded off."""

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.k_center import KCenter
from alseg.selection.score_diversity import ScoreDiversity
from alseg.selection.top import Top


def scaled(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min())


def brute_force(points, scores, labelled, alpha: float, n: int) -> list[int]:
    left, chosen, picks = list(range(len(points))), list(labelled), []
    for _ in range(n):
        distances = np.array([min(np.linalg.norm(points[i] - c) for c in chosen) for i in left])
        merit = alpha * scaled(scores[left]) + (1 - alpha) * scaled(distances)
        picks.append(left.pop(int(merit.argmax())))
        chosen.append(points[picks[-1]])
    return picks


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    points, scores, labelled = rng.normal(size=(60, 5)) + 3, rng.random(60), rng.normal(size=(4, 5)) + 3
    return points.astype(np.float32), scores.astype(np.float32), labelled.astype(np.float32)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_equals_brute_force(select, arrays, alpha):
    points, scores, labelled = arrays
    picked = select(ScoreDiversity(alpha), 15, points, scores, labelled)
    assert picked == brute_force(points.astype(float), scores.astype(float), labelled.astype(float), alpha, 15)


@pytest.mark.parametrize("n", [1, 20, 59])
def test_alpha_1_is_top_even_in_ties(select, arrays, n):
    points, scores, labelled = arrays
    ties = np.round(scores, 1)
    for values in (scores, ties):
        assert select(ScoreDiversity(1), n, points, values, labelled) == select(Top(), n, scores=values)


@pytest.mark.parametrize("n", [1, 20, 59])
def test_alpha_0_is_farthest_first(select, arrays, n):
    points, scores, labelled = arrays
    assert select(ScoreDiversity(0), n, points, scores, labelled) == select(KCenter(), n, points, labelled=labelled)


def test_one_query_of_n_equals_n_queries_of_one(select, arrays):
    points, scores, labelled = arrays
    at_once = select(ScoreDiversity(0.6), 8, points, scores, labelled)
    left, one_by_one = np.arange(len(points)), []
    for _ in range(8):
        (row,) = select(ScoreDiversity(0.6), 1, points[left], scores[left], labelled)
        labelled = np.concatenate([labelled, points[left[[row]]]])
        one_by_one.append(int(left[row]))
        left = np.delete(left, row)
    assert at_once == one_by_one


def test_without_labels_the_first_has_the_largest_score(select, arrays):
    points, scores, _ = arrays
    first, *rest = select(ScoreDiversity(0.2), 5, points, scores)
    assert first == scores.argmax()
    left = np.delete(np.arange(len(points)), first)
    expected = brute_force(
        points[left].astype(float), scores[left].astype(float), points[[first]].astype(float), 0.2, 4
    )
    assert rest == left[expected].tolist()


def test_alike_images_are_not_picked_twice_in_a_row(select):
    # Five near-duplicates hold the largest scores.
    points = np.array([[0.0], [0.01], [0.02], [0.03], [0.04], [5.0], [10.0]])
    scores = np.array([0.9, 0.98, 1.0, 0.97, 0.96, 0.7, 0.8])
    assert select(Top(), 3, scores=scores) == [2, 1, 3]
    assert select(ScoreDiversity(0.5), 2, points, scores) == [2, 6]


@pytest.mark.parametrize("alpha", [-0.1, 1.1])
def test_impossible_arguments(alpha):
    with pytest.raises(ValueError, match=f"^alpha={alpha}: "):
        ScoreDiversity(alpha)


def test_a_schedule_has_an_alpha_for_each_query_and_the_last_stays(arrays):
    points, scores, labelled = arrays
    ids = tuple(f"{i:02d}" for i in range(len(points)))
    known = tuple(f"l{i}" for i in range(len(labelled)))

    def picks(alpha, round_):
        candidates = Candidates(ids, scores, points, known, labelled, round=round_)
        return ScoreDiversity(alpha).select(candidates, 8, np.random.default_rng(0))

    alone = {alpha: picks(alpha, 1) for alpha in (0.0, 0.5, 1.0)}
    assert len({tuple(ids) for ids in alone.values()}) == 3
    assert [picks([0.0, 0.5, 1.0], round_) for round_ in (1, 2, 3, 4)] == [alone[a] for a in (0.0, 0.5, 1.0, 1.0)]


@pytest.mark.parametrize("alpha", [[], [0.5, 1.5], ["high"], -0.1])
def test_no_such_alpha(alpha):
    with pytest.raises(ValueError, match="^alpha="):
        ScoreDiversity(alpha)
