"""A share of a query drawn at random, hidden among the picks."""

import numpy as np
import pytest

from alseg.selection.audited import NOTE, WHY, Audited, n_drawn
from alseg.selection.candidates import Candidates
from alseg.selection.k_center import KCenter
from alseg.selection.max_per_group import MaxPerGroup
from alseg.selection.threshold import Threshold
from alseg.selection.top import Top
from alseg.selection.volumes import select


def pool(n: int = 30, round_: int = 1) -> Candidates:
    rng = np.random.default_rng(0)
    ids = tuple(f"id_{i:02d}" for i in range(n))
    features = rng.normal(size=(n, 3)).astype(np.float32)
    return Candidates(
        ids, np.arange(n, dtype=float), features, round=round_, groups=tuple(f"g{i % 6}" for i in range(n))
    )


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("inner", [Top(), KCenter(), MaxPerGroup(Top(), 1), Threshold(Top(), 3.0)])
def test_the_inner_selector_picks_what_it_would_pick_alone(inner):
    candidates = pool()
    ids = Audited(inner, 0.2).select(candidates, 10, rng())
    drawn = candidates.notes[NOTE]["ids"]
    assert len(set(ids)) == 10
    assert len(drawn) == 2
    assert {*ids} - {*drawn} == {*inner.select(pool(), 8, rng())}
    assert candidates.notes[NOTE]["rest"] == 30 - 8


def test_every_other_image_is_drawn_as_often_and_at_any_place():
    times, counts, places = 300, dict.fromkeys(pool().ids, 0), np.zeros(10)
    for seed in range(times):
        candidates = pool()
        ids = Audited(Top(), 0.2).select(candidates, 10, rng(seed))
        for id_ in candidates.notes[NOTE]["ids"]:
            counts[id_] += 1
            places[ids.index(id_)] += 1
    assert not any(counts[f"id_{i:02d}"] for i in range(22, 30))  # the eight picks
    expected = times * 2 / 22
    assert max(abs(counts[f"id_{i:02d}"] - expected) for i in range(22)) < 5 * np.sqrt(expected)
    assert max(abs(places - times * 2 / 10)) < 5 * np.sqrt(times * 2 / 10)


@pytest.mark.parametrize(("share", "n"), [(0.2, 10), (0.2, 9), (0.2, 1), (0.35, 3), (1.0, 4), (0.07, 7)])
def test_rounds_together_keep_to_the_share(share, n):
    drawn = [n_drawn(share, n, round_) for round_ in range(1, 101)]
    assert sum(drawn) == round(share * n * 100)
    assert max(drawn) - min(drawn) <= 1


def test_a_round_of_which_nothing_is_due_has_no_note():
    candidates = pool(round_=1)
    assert Audited(Top(), 0.2).select(candidates, 1, rng()) == ["id_29"]
    assert NOTE not in candidates.notes
    candidates = pool(round_=3)
    assert Audited(Top(), 0.2).select(candidates, 1, rng()) == candidates.notes[NOTE]["ids"]


def test_reasons_stay_with_their_picks():
    candidates = pool()
    ids = Audited(Threshold(Top(), 28.0), 0.5).select(candidates, 8, rng())
    noted = {pick["id"]: pick["why"] for pick in candidates.notes["picks"]}
    assert list(noted) == ids
    assert {id_ for id_, why in noted.items() if why == WHY} == {*candidates.notes[NOTE]["ids"]}


def test_of_volumes_whole_ones_are_drawn():
    volume_of = {"a1": "A", "a2": "A", "b1": "B", "b2": "B", "c1": "C", "d1": "D", "d2": "D", "d3": "D"}
    candidates = Candidates(tuple(volume_of), np.array([9.0, 8, 1, 2, 3, 4, 5, 6]), round=1)
    ids = select(Audited(Top(), 0.5), candidates, 2, rng(), volume_of)
    note = candidates.notes[NOTE]
    drawn = {volume_of[id_] for id_ in note["ids"]}
    assert note["rest"] == 3
    assert len(drawn) == 1
    assert sorted(note["ids"]) == [id_ for id_ in volume_of if volume_of[id_] in drawn]
    assert {volume_of[id_] for id_ in ids} == {"A", *drawn}


@pytest.mark.parametrize("share", [0, -0.1, 1.1])
def test_a_share_is_a_share(share):
    with pytest.raises(ValueError, match=f"share={share}"):
        Audited(Top(), share)
