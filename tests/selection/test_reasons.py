"""Reasons of picks in words."""

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.k_center import KCenter
from alseg.selection.partly_random import PartlyRandom
from alseg.selection.random import Random
from alseg.selection.reasons import ordinal, reasons_of
from alseg.selection.threshold import Threshold
from alseg.selection.top import Top
from alseg.selection.typiclust import TypiClust
from alseg.selection.volumes import select

IDS = tuple("abcde")
SCORES = np.array([0.1, 0.9, 0.5, 0.9, 0.2], dtype=np.float32)


def rng():
    return np.random.default_rng(0)


def test_scores_with_their_rank_and_equal_ones_share_the_better():
    candidates = Candidates(IDS, scores=SCORES)
    reasons = reasons_of(Top(), candidates, ["b", "d", "c"], scored_by="LeastConfidence")
    assert reasons == ["least confidence 0.9, highest of 5"] * 2 + ["least confidence 0.5, 3rd highest of 5"]
    assert reasons_of(Top(), candidates, ["b"], scored_by="BALD") == ["BALD 0.9, highest of 5"]


def test_a_random_draw_is_called_so_and_has_no_score():
    candidates = Candidates(IDS, scores=SCORES)
    ids = select(PartlyRandom(Top(), share=0.5), candidates, 2, rng())
    assert reasons_of(PartlyRandom(Top()), candidates, ids, scored_by="Entropy") == [
        "random draw",
        f"picked by PartlyRandom; entropy {SCORES[IDS.index(ids[1])]:.3g}, highest of 5",
    ]
    candidates = Candidates(IDS)
    assert reasons_of(Random(), candidates, select(Random(), candidates, 3, rng())) == ["random draw"] * 3


def test_k_center_tells_the_distance():
    features = np.array([[0, 0], [3, 4], [0, 1], [0, 2], [6, 8]], dtype=np.float32)
    labelled = np.zeros((1, 2), dtype=np.float32)
    candidates = Candidates(IDS, features=features, labelled_ids=("x",), labelled_features=labelled)
    ids = select(KCenter(), candidates, 2, rng())
    assert ids == ["e", "b"]
    text = "farthest from everything labelled or picked before (k-center)"
    assert reasons_of(KCenter(), candidates, ids) == [f"{text}, 10", f"{text}, 5"]
    candidates = Candidates(IDS, features=features)
    first, second = reasons_of(KCenter(), candidates, select(KCenter(), candidates, 2, rng()))
    assert first == "first, for nothing is labelled yet (k-center)"
    assert second.startswith(text)


def test_notes_of_a_selector_come_first_and_what_says_nothing_is_named():
    candidates = Candidates(IDS, scores=SCORES)
    ids = select(Threshold(Random(), level=0.6), candidates, 3, rng())
    assert reasons_of(Threshold(Random(), level=0.6), candidates, ids, scored_by="Entropy")[2] == (
        "among the largest below the level; entropy 0.5, 3rd highest of 5"
    )
    assert reasons_of(TypiClust(), Candidates(IDS), ["a"]) == ["picked by TypiClust"]
    assert reasons_of(TypiClust(), Candidates(IDS), list(IDS)) == ["all that can be asked for"] * 5


def test_of_a_volume_the_mean_counts_and_all_its_slices_say_so():
    volume_of = dict(zip(IDS, "vvwww"))
    candidates = Candidates(IDS, scores=SCORES)
    ids = select(Top(), candidates, 1, rng(), volume_of)
    assert ids == ["c", "d", "e"]
    assert reasons_of(Top(), candidates, ids, volume_of, scored_by="Entropy") == ["entropy 0.533, highest of 2"] * 3
    ids = select(Random(), candidates, 1, rng(), volume_of)
    assert set(reasons_of(Random(), candidates, ids, volume_of)) == {"random draw"}


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (21, "21st")]
)
def test_ordinals(number, text):
    assert ordinal(number) == text
