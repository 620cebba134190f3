"""At most so many images of one group in a query."""

from collections import Counter

import numpy as np
import pytest

from alseg.selection.candidates import Candidates
from alseg.selection.fps import FarthestPoint
from alseg.selection.max_per_group import MaxPerGroup
from alseg.selection.selector import Selector
from alseg.selection.top import Top


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def pool(scores, groups, **more) -> Candidates:
    ids = tuple(f"{i:03d}" for i in range(len(groups)))
    return Candidates(ids, scores=np.array(scores, dtype=np.float32), groups=tuple(groups), **more)


def test_the_largest_score_of_each_group():
    candidates = pool([9, 8, 7, 6, 5, 4], "aabbca")
    assert MaxPerGroup(Top()).select(candidates, 3, rng()) == ["000", "002", "004"]
    assert MaxPerGroup(Top(), most=2).select(candidates, 4, rng()) == ["000", "001", "002", "003"]


def test_when_all_groups_are_full_each_may_have_as_many_again():
    candidates = pool([9, 8, 7, 6, 5, 4], "aabbca")
    assert MaxPerGroup(Top()).select(candidates, 5, rng()) == ["000", "002", "004", "001", "003"]


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_by_brute_force(most, seed):
    """With scores: walk down the list, and skip what belongs to a full group; levels rise when every group is full."""
    draw = rng(seed)
    groups = [f"g{g}" for g in draw.integers(0, 8, size=60)]
    scores = draw.permutation(60)
    expected: list[int] = []
    level, counts = most, Counter()
    while len(expected) < 30:
        for row in np.argsort(-scores):
            if row not in expected and counts[groups[row]] < level and len(expected) < 30:
                expected.append(int(row))
                counts[groups[row]] += 1
        level += most
    picked = MaxPerGroup(Top(), most=most).select(pool(scores, groups), 30, rng())
    assert [int(id_) for id_ in picked] == expected


class Watched(FarthestPoint):
    """Notes how many labelled images it is told of."""

    def pick(self, candidates, n, rng):
        self.told = [*getattr(self, "told", []), len(candidates.labelled_ids)]
        return super().pick(candidates, n, rng)


def test_what_is_picked_counts_as_labelled_when_it_picks_again():
    """Labelled is 0. Farthest is 11 of group a, then 5 of a too, which is put back. Of b, 3 is farther from {0, 11} than 9.5."""
    features = np.array([[11.0], [5.0], [9.5], [3.0]], dtype=np.float32)
    known = {"labelled_ids": ("x",), "labelled_features": np.zeros((1, 1), np.float32), "labelled_groups": ("z",)}
    inner = Watched()
    assert MaxPerGroup(inner).select(pool([0] * 4, "aabb", features=features, **known), 2, rng()) == ["000", "003"]
    assert inner.told == [1, 2]


def test_earlier_rounds_do_not_count():
    candidates = pool([3, 2, 1], "abc", labelled_ids=("x",), labelled_groups=("a",))
    assert MaxPerGroup(Top()).select(candidates, 2, rng()) == ["000", "001"]


def test_what_the_inner_selector_needs_is_needed():
    selector: Selector = MaxPerGroup(Top())
    assert selector.needs == {"scores", "groups"}
    with pytest.raises(ValueError, match="most=0: at least 1"):
        MaxPerGroup(Top(), most=0)
