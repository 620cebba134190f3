"""Top and random selection."""

import numpy as np
from scipy.stats import chisquare

from alseg.selection.candidates import Candidates
from alseg.selection.random import Random
from alseg.selection.top import Top

IDS = tuple("abcdef")


def test_top_takes_the_largest_in_falling_order():
    pool = Candidates(IDS, scores=np.array([0.1, 0.9, 0.5, 0.8, 0.2, 0.3]))
    assert Top().select(pool, 3, np.random.default_rng(0)) == ["b", "d", "c"]


def test_top_breaks_ties_by_lot_not_by_name():
    pool = Candidates(IDS, scores=np.array([0.5, 0.5, 0.5, 0.5, 0.9, 0.1]))
    picks = [Top().select(pool, 2, np.random.default_rng(seed)) for seed in range(50)]
    assert {first for first, _ in picks} == {"e"}
    assert {second for _, second in picks} == {"a", "b", "c", "d"}


def test_random_is_uniform():
    counts = dict.fromkeys(IDS, 0)
    rng = np.random.default_rng(0)
    for _ in range(3000):
        for id_ in Random().select(Candidates(IDS), 2, rng):
            counts[id_] += 1
    assert chisquare(list(counts.values())).pvalue > 0.01
