from __future__ import annotations

import math

import pytest

from alseg.report.sections.levels import text
from alseg.report.statistics.levels import labels_needed, needed

CURVE = {10: 0.5, 20: 0.7, 40: 0.8}


def test_straight_lines_between_budgets():
    assert labels_needed(CURVE, 0.6) == pytest.approx(15)
    assert labels_needed(CURVE, 0.75) == pytest.approx(30)
    assert labels_needed(CURVE, 0.7) == pytest.approx(20)  # at a budget: exactly it
    assert labels_needed(CURVE, 0.8) == pytest.approx(40)
    assert labels_needed({40: 0.8, 10: 0.5, 20: 0.7}, 0.6) == pytest.approx(15)  # in any order


def test_what_was_not_measured_is_not_guessed():
    assert labels_needed(CURVE, 0.4) == 10  # there at the first budget; fewer labels were not tried
    assert labels_needed(CURVE, 0.81) == math.inf
    assert labels_needed({}, 0.5) == math.inf
    assert labels_needed({10: 0.5, 20: math.nan, 30: 0.7}, 0.6) == pytest.approx(20)  # the line skips a missing value


def test_the_first_time_counts():
    assert labels_needed({10: 0.5, 20: 0.7, 30: 0.4, 40: 0.9}, 0.6) == pytest.approx(15)


def test_lower_is_better_for_a_distance():
    assert labels_needed({10: 8.0, 20: 4.0}, 5.0, lower=True) == pytest.approx(17.5)
    assert labels_needed({10: 8.0, 20: 4.0}, 9.0, lower=True) == 10
    assert labels_needed({10: 8.0, 20: 4.0}, 3.0, lower=True) == math.inf


def test_seeds_that_never_reach_it_count_as_the_slowest():
    slow, fast = {10: 0.5, 20: 0.55}, {10: 0.5, 20: 0.7}
    found = needed({0: fast, 1: slow, 2: CURVE}, 0.6)
    assert dict(found.by_seed) == {0: pytest.approx(15), 1: math.inf, 2: pytest.approx(15)}
    assert (found.reached, found.median) == (2, pytest.approx(15))
    assert text(found) == "15, 2 of 3 seeds"
    most = needed({0: fast, 1: slow, 2: slow}, 0.6)
    assert (most.reached, most.median) == (1, math.inf)
    assert text(most) == "not reached, 1 of 3 seeds"
    assert text(needed({0: CURVE, 1: {10: 0.7, 20: 0.8}}, 0.7)) == "15 (≤ 10–20), 2 of 2 seeds"
    assert text(needed({0: CURVE}, 0.5)) == "≤ 10, 1 of 1 seed"
    assert text(needed({}, 0.5)) == "–"
