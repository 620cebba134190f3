from __future__ import annotations

from itertools import combinations

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


def every(labels, budgets):
    """The same budgets for all pairs."""
    return dict.fromkeys(combinations(labels, 2), budgets)


def test_the_row_beats_the_column():
    """Good beats bad by 0.1 at two of four budgets, and nothing ever beats good."""
    good, bad = curves((0.6, 0.6, 0.6, 0.6)), curves((0.6, 0.5, 0.5, 0.6), ALIKE)
    found = penalty_matrix([({"good": good, "bad": bad}, every(("good", "bad"), (10, 20, 30, 40)))])
    assert found.labels == ("good", "bad")
    assert found.wins.tolist() == [[0.0, 0.5], [0.0, 0.0]]  # row good, column bad
    assert found.beaten.tolist() == [0.0, 0.5]  # bad has the penalty
    assert found.beats.tolist() == [0.5, 0.0]


def test_lower_is_better_for_a_distance():
    near, far = curves((2.0, 2.0)), curves((9.0, 9.0), ALIKE)
    found = penalty_matrix([({"far": far, "near": near}, {("near", "far"): (10, 20)})], lower=True)
    assert found.wins.tolist() == [[0.0, 0.0], [1.0, 0.0]]


def test_data_sets_add_up_to_one_each():
    good, bad = curves((0.6, 0.6)), curves((0.5, 0.6), ALIKE)
    one = ({"good": good, "bad": bad}, {("good", "bad"): (10, 20)})
    other = ({"bad": bad, "third": curves((0.9, 0.9))}, {("bad", "third"): (10,)})
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
    assert penalty_matrix([(sweep, every("abcd", (1, 2, 3)))]).wins == pytest.approx(expected)


def test_too_few_seeds_are_no_comparison():
    two = {0: {10: 0.1}, 1: {10: 0.2}}
    found = penalty_matrix([({"a": two, "b": {0: {10: 0.9}, 1: {10: 1.0}}}, {("a", "b"): (10,)})])
    assert not found.wins.any()
    assert not found.compared.any()
    assert np.isnan(found.beaten).all()
    assert not penalty_matrix([({"a": {}}, {})]).compared.any()


def test_equal_differences_are_no_win():
    """0.1 at every seed, but for rounding: the t-test would be certain."""
    found = penalty_matrix([({"a": curves((0.6,)), "b": curves((0.5,))}, {("a", "b"): (10,)})])
    assert (found.wins.sum(), found.compared[0, 1]) == (0.0, 1)


def test_whoever_is_on_one_data_set_of_six_is_not_the_least_beaten():
    """On the one where it is, both others beat it: as a mean over columns it had 2 / 2 against 6 / 2 of bad on six."""
    good, bad = curves((0.6,)), curves((0.5,), ALIKE)
    six = [({"good": good, "bad": bad}, {("good", "bad"): (10,)})] * 5
    lone = curves((0.4,), (0.002, 0.011, -0.012, 0.018, -0.022))
    last = ({"good": good, "bad": bad, "lone": lone}, every(("good", "bad", "lone"), (10,)))
    found = penalty_matrix([*six, last])
    assert dict(zip(found.labels, found.beaten)) == {"good": 0.0, "bad": 6 / 7, "lone": 1.0}
    assert dict(zip(found.labels, found.beats)) == {"good": 1.0, "bad": 1 / 7, "lone": 0.0}
    grid = penalty_grid(found)
    assert [cell.text for cell in grid.rows[0]] == ["1. good", "–", "6.00 of 6", "1.00 of 1", "1.00"]
    assert not any(cell.best for row in grid.rows for cell in row)


def test_the_table_says_which_way_to_read_it():
    found = penalty_matrix([({"good": curves((0.6,)), "bad": curves((0.5,), ALIKE)}, {("good", "bad"): (10,)})])
    grid = penalty_grid(found)
    assert grid.header == ("Row beats column", "1", "2", "beats (share)")
    assert [[cell.text for cell in row] for row in grid.rows] == [
        ["1. good", "–", "1.00", "1.00"],
        ["2. bad", "0.00", "–", "0.00"],
        ["is beaten (share)", "0.00", "1.00", "–"],
    ]
    assert not any(cell.best for row in grid.rows for cell in row)  # it corrects for nothing, so it names nobody
    assert NOTE.startswith("Row beats column")
