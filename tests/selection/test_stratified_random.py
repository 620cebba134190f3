"""Random selection, spread over the groups."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from alseg.selection.candidates import Candidates
from alseg.selection.stratified_random import StratifiedRandom


def select(groups, n, labelled=(), seed=0) -> list[int]:
    pool = Candidates(
        tuple(f"{i:03d}" for i in range(len(groups))),
        groups=tuple(groups),
        labelled_ids=tuple(f"labelled_{i}" for i in range(len(labelled))),
        labelled_groups=tuple(labelled),
    )
    return [int(id_) for id_ in StratifiedRandom().select(pool, n, np.random.default_rng(seed))]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n", [1, 3, 4, 9, 20, 35])
def test_no_group_gets_another_image_while_one_has_fewer(n, seed):
    groups = np.repeat(["a", "b", "c", "d"], [1, 20, 6, 9])
    labelled = ["b", "b", "e"]  # nothing of e is left
    counts, left = Counter(labelled), Counter(groups)
    for row in select(groups, n, labelled, seed):
        assert counts[groups[row]] == min(counts[group] for group in left if left[group])
        counts[groups[row]] += 1
        left[groups[row]] -= 1


@pytest.mark.slow
def test_groups_and_images_are_drawn_by_lot():
    groups = ["a"] * 3 + ["b"] * 3
    firsts = [select(groups, 1, seed=seed)[0] for seed in range(3000)]
    assert chisquare(np.bincount(firsts, minlength=6)).pvalue > 0.01


@pytest.mark.slow
def test_one_group_alone_is_plain_random():
    picks = [frozenset(select(["a"] * 4, 2, seed=seed)) for seed in range(3000)]
    assert chisquare(list(Counter(picks).values())).pvalue > 0.01
    assert len(set(picks)) == 6


def test_as_many_groups_as_picks_give_one_each():
    groups = [f"slide {i % 50}" for i in range(500)]
    assert len({groups[row] for row in select(groups, 50)}) == 50
