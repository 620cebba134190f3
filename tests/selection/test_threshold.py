"""All candidates from a level on, and what happens when there are too few of them."""

import logging

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.kmeans import KMeans
from alseg.selection.random import Random
from alseg.selection.threshold import Threshold
from alseg.selection.top import Top


def pool(scores, features=None) -> Candidates:
    ids = tuple(f"{i:03d}" for i in range(len(scores)))
    return Candidates(ids, np.asarray(scores, np.float32), features)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_inner_one_sees_all_that_reach_the_level_and_nothing_else(select):
    scores = np.random.default_rng(0).permutation(100) / 50  # 50 of them from 1 on
    seen = {row for seed in range(80) for row in select(Threshold(Random()), 4, scores=scores, seed=seed)}
    assert seen == set(np.flatnonzero(scores >= 1))


def test_the_level_itself_reaches_it(select):
    assert sorted(select(Threshold(Random(), level=0.5), 2, scores=[0.5, 0.4999, 0.5, 0.1])) == [0, 2]


def test_too_few_are_filled_up_by_the_largest_below(caplog):
    candidates = pool([0.3, 1.2, 0.9, 0.1, 1.7, 0.8])
    with caplog.at_level(logging.INFO):
        assert Threshold(Random()).select(candidates, 4, rng()) == ["004", "001", "002", "005"]
    assert "the scores of 2 of 4 images reach 1" in caplog.text
    assert candidates.notes == {
        "level": 1.0,
        "reached": 2,
        "picks": [
            {"id": "004", "why": "reaches the level"},
            {"id": "001", "why": "reaches the level"},
            {"id": "002", "why": "among the largest below the level"},
            {"id": "005", "why": "among the largest below the level"},
        ],
    }


def test_none_at_all_and_ties_below(select):
    scores = np.r_[np.full(10, 0.5), np.full(10, 0.2)]
    picks = [tuple(sorted(select(Threshold(Random()), 3, scores=scores, seed=seed))) for seed in range(20)]
    assert all(max(p) < 10 for p in picks)
    assert len(set(picks)) > 5


def test_exactly_as_many_as_are_asked_for(select):
    assert sorted(select(Threshold(KMeans()), 3, np.eye(6), scores=[0, 1, 0, 1.5, 2, 0.9])) == [1, 3, 4]


def test_among_those_that_disagree_one_per_cluster_and_the_ledger_hears_of_it(blobs):
    points, of = blobs(20, 20, 20, 20)
    scores = np.where(np.arange(80) % 2, 1.5, 0.5) * (of != 2)  # nothing of the third blob disagrees
    candidates = pool(scores, points)
    picked = Threshold(KMeans()).select(candidates, 3, rng())
    rows = [int(id_) for id_ in picked]
    assert sorted(of[rows]) == [0, 1, 3]
    assert all(row % 2 for row in rows)
    notes = candidates.notes
    assert (notes["level"], notes["reached"], notes["sizes"]) == (1.0, 30, [10, 10, 10])
    assert [pick["id"] for pick in notes["picks"]] == picked
    assert [pick["cluster"] for pick in notes["picks"]] == [0, 1, 2]
    assert notes["picks"][1]["why"] == "nearest to the centre of cluster 1, of 10"


@pytest.mark.parametrize("n", [5, 40])
def test_notes_grow_with_the_query_not_with_the_pool(n):
    candidates = pool(np.linspace(0, 2, 3000), rng().normal(size=(3000, 4)).astype(np.float32))
    Threshold(KMeans()).select(candidates, n, rng())
    assert candidates.notes["reached"] == 1500
    assert len(candidates.notes["picks"]) == len(candidates.notes["sizes"]) == n
    assert sum(candidates.notes["sizes"]) == 1500


def test_a_level_that_is_no_number():
    with pytest.raises(ValueError, match="abc"):  # which becomes one line, before any training
        Threshold(Top(), level="abc")  # type: ignore[arg-type]
