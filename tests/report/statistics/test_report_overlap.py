from __future__ import annotations

import numpy as np
import pytest

from alseg.report.statistics.overlap import by_chance, jaccard, overlap


def test_jaccard_by_hand():
    found = jaccard([{"a", "b", "c"}, ["b", "c", "d", "d"], set(), {"e"}])
    assert found[0, 1] == found[1, 0] == pytest.approx(2 / 4)
    assert np.diag(found).tolist() == [1.0] * 4  # two empty sets are equal
    assert found[0, 2] == found[0, 3] == 0.0


def test_means_are_over_common_seeds():
    first = {0: {"a", "b"}, 1: {"a", "b"}, 2: {"z"}}
    second = {1: {"b", "c"}, 0: {"a", "b"}}
    matrix, seeds = overlap([first, second, {9: {"a"}}])
    assert matrix[0, 1] == pytest.approx((1 + 1 / 3) / 2)
    assert seeds.tolist() == [[3, 2, 0], [2, 2, 0], [0, 0, 1]]
    assert np.isnan(matrix[0, 2])


@pytest.mark.parametrize(("pool", "shared", "labelled"), [(100, 10, 30), (40, 5, 20), (1000, 0, 50)])
def test_chance_against_draws(pool, shared, labelled):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        rest = np.arange(shared, pool)
        sets = [{*range(shared), *rng.choice(rest, labelled - shared, replace=False).tolist()} for _ in range(2)]
        found.append(jaccard(sets)[0, 1])
    assert by_chance(pool, shared, labelled) == pytest.approx(np.mean(found), abs=0.01)


def test_chance_at_the_ends():
    assert by_chance(100, 10, 10) == 1.0  # nothing but the shared start
    assert by_chance(20, 5, 20) == 1.0  # the whole pool
    assert by_chance(10, 10, 10) == 1.0
