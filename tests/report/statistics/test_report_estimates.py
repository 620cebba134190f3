from __future__ import annotations

import math

import pytest

from alseg.report.statistics.estimates import aubc, band, by_budget, estimate, paired_difference, shared_budgets


def test_mean_and_interval_by_hand():
    # 0.6, 0.7, 0.8: standard deviation 0.1, t(0.975, 2) = 4.302653
    found = estimate([0.6, 0.7, 0.8])
    assert found is not None
    assert (found.mean, found.n) == (pytest.approx(0.7), 3)
    assert found.half == pytest.approx(4.302653 * 0.1 / math.sqrt(3), rel=1e-6)
    assert (found.low, found.high) == (pytest.approx(0.7 - found.half), pytest.approx(0.7 + found.half))


def test_one_seed_has_no_interval():
    found = estimate([0.6])
    assert found is not None
    assert (found.mean, found.half, found.low, found.high, found.n) == (0.6, None, None, None, 1)


def test_missing_values_are_not_zero():
    assert estimate([]) is None
    assert estimate([math.nan]) is None
    found = estimate([0.5, math.nan])
    assert found is not None
    assert (found.mean, found.n) == (0.5, 1)


def test_by_budget_counts_the_seeds_at_each_budget():
    found = by_budget({0: {10: 0.5, 20: 0.6}, 1: {10: 0.7}})
    assert {b: (e.mean, e.n) for b, e in found.items()} == {10: (pytest.approx(0.6), 2), 20: (0.6, 1)}


def test_aubc_by_hand():
    # (0.4 + 0.6) / 2 * 10 + (0.6 + 0.9) / 2 * 30 = 27.5 over a width of 40
    assert aubc({10: 0.4, 20: 0.6, 50: 0.9}, (10, 20, 50)) == pytest.approx(27.5 / 40)
    assert aubc({10: 0.7, 20: 0.7, 50: 0.7}, (10, 20, 50)) == pytest.approx(0.7)
    assert aubc({10: 0.4, 20: 0.6, 50: 0.9}, (10, 20)) == pytest.approx(0.5)


def test_aubc_is_not_guessed():
    assert aubc({10: 0.4}, (10,)) is None
    assert aubc({10: 0.4, 20: 0.5}, (10, 20, 30)) is None
    assert aubc({10: 0.4, 20: math.nan}, (10, 20)) is None


def test_shared_budgets():
    assert shared_budgets([[10, 20, 30], [30, 10, 40]]) == (10, 30)
    assert shared_budgets([[10], [20]]) == ()
    assert shared_budgets([]) == ()


def test_differences_are_paired_on_the_seed():
    # a constant gain of 0.1 over seeds that differ widely; the order of the seeds means nothing
    found = paired_difference({2: 0.9, 0: 0.3, 1: 0.6, 9: 0.1}, {0: 0.2, 1: 0.5, 2: 0.8, 7: 1.0})
    assert found is not None
    assert (found.mean, found.n) == (pytest.approx(0.1), 3)
    assert found.half == pytest.approx(0.0, abs=1e-12)
    assert paired_difference({0: 1.0}, {1: 1.0}) is None


def test_the_band_of_two_seeds_is_their_range_and_of_three_the_interval():
    two = {0: {10: 0.5, 20: 0.6}, 1: {10: 0.7, 20: 0.6}}
    assert band(two, by_budget(two)) == {10: (0.5, 0.7), 20: (0.6, 0.6)}
    three = two | {2: {10: 0.9}}
    means = by_budget(three)
    assert band(three, means)[10] == (means[10].low, means[10].high)
    assert band({0: {10: 0.5}}, by_budget({0: {10: 0.5}})) == {}
