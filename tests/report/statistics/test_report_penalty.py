from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from alseg.report.sections.penalty import NOTE, penalty_grid
from alseg.report.statistics.penalty import penalty_matrix

WOBBLE = (0.00, 0.01, -0.01, 0.02, -0.02)


def curves(levels, wobbles=WOBBLE):
    """Seed to curve: a level per budget, and what each seed adds to it."""
    return {s: {10 * (b + 1): v + w for b, v in enumerate(levels)} for s, w in enumerate(wobbles)}


ALIKE = (0.001, 0.009, -0.011, 0.021, -0.019)
"""As ``WOBBLE`` but for differences of 0.001 either way: they are far from significant."""


def test_the_row_beats_the_column():
    """Good beats bad by 0.1 at two of four budgets, and nothing ever beats good."""
    good, bad = curves((0.6, 0.6, 0.6, 0.6)), curves((0.6, 0.5, 0.5, 0.6), ALIKE)
    found = penalty_matrix([({"good": good, "bad": bad}, (10, 20, 30, 40))])
    assert found.labels == ("good", "bad")
    assert found.wins.tolist() == [[0.0, 0.5], [0.0, 0.0]]  # row good, column bad
    assert found.beaten.tolist() == [0.0, 0.5]  # bad has the penalty
    assert found.beats.tolist() == [0.5, 0.0]


def test_lower_is_better_for_a_distance():
    near, far = curves((2.0, 2.0)), curves((9.0, 9.0), ALIKE)
    found = penalty_matrix([({"far": far, "near": near}, (10, 20))], lower=True)
    assert found.wins.tolist() == [[0.0, 0.0], [1.0, 0.0]]


def test_data_sets_add_up_to_one_each():
    good, bad = curves((0.6, 0.6)), curves((0.5, 0.6), ALIKE)
    one = ({"good": good, "bad": bad}, (10, 20))
    other = ({"bad": bad, "third": curves((0.9, 0.9))}, (10,))
    found = penalty_matrix([one, one, other])
    place = {label: i for i, label in enumerate(found.labels)}
    assert found.wins[place["good"], place["bad"]] == 1.0  # half of the budgets of two data sets
    assert found.wins[place["third"], place["bad"]] == 1.0
    assert found.compared[place["good"], place["bad"]] == 2
    assert found.compared[place["good"], place["third"]] == 0


def test_against_one_t_test_after_another():
    rng = np.random.default_rng(0)
    levels = {name: 0.6 + 0.03 * i for i, name in enumerate("abcd")}
    sweep = {n: {s: {b: v + rng.normal(0, 0.03) for b in (1, 2, 3)} for s in range(5)} for n, v in levels.items()}
    sweep["d"] = {s: sweep["d"][s] for s in (1, 2, 4)}  # it lacks two seeds
    del sweep["c"][0][2]  # and another one a budget
    expected = np.zeros((4, 4))
    for i, a in enumerate("abcd"):
        for j, b in enumerate("abcd"):
            for budget in (1, 2, 3) if i != j else ():
                seeds = [s for s in sweep[a] if s in sweep[b] and budget in sweep[a][s] and budget in sweep[b][s]]
                mine, theirs = ([sweep[x][s][budget] for s in seeds] for x in (a, b))
                better = stats.ttest_rel(mine, theirs).pvalue < 0.05 and np.mean(mine) > np.mean(theirs)
                expected[i, j] += better / 3
    assert expected.sum() > 0
    assert penalty_matrix([(sweep, (1, 2, 3))]).wins == pytest.approx(expected)


def test_too_few_seeds_are_no_comparison():
    found = penalty_matrix([({"a": {0: {10: 0.1}}, "b": {0: {10: 0.9}}}, (10,))])
    assert not found.wins.any()
    assert not found.compared.any()
    assert not penalty_matrix([({"a": {}}, ())]).compared.any()


def test_the_table_says_which_way_to_read_it():
    found = penalty_matrix([({"good": curves((0.6,)), "bad": curves((0.5,), ALIKE)}, (10,))])
    grid = penalty_grid(found)
    assert grid.header == ("Row beats column", "1", "2", "beats (mean of row)")
    assert [[cell.text for cell in row] for row in grid.rows] == [
        ["1. good", "–", "1.00", "1.00"],
        ["2. bad", "0.00", "–", "0.00"],
        ["is beaten (mean of column)", "0.00", "1.00", "–"],
    ]
    assert [cell.best for cell in grid.rows[-1]] == [False, True, False, False]
    assert NOTE.startswith("Row beats column")
