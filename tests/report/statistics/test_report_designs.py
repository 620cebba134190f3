"""The design of a sweep out of its runs."""

from __future__ import annotations

import math

import pytest

from alseg.report.statistics.designs import design
from alseg.report.statistics.panels import build
from tests.helpers.three_seeds import DICE, curve, three_seeds


@pytest.fixture
def sweep(runs_of):
    return three_seeds(runs_of)


def test_a_design_by_hand(sweep):
    report = build(sweep)
    found = design(report.analysis, report.panels[0], DICE)
    assert (found.seeds, found.comparisons, found.budgets) == (3, 2, (20, 30))
    assert found.spread.sd == pytest.approx(math.sqrt((0.01**2 + 0.02**2) / 2))
    assert found.spread.degrees == pytest.approx(2)  # a correlation of -1: one tells the other


def test_what_has_too_few_seeds_counts_where_nothing_else_is_there(sweep, runs_of):
    fewer = [run for run in sweep if run.seed < 2]
    report = build(fewer)
    found = design(report.analysis, report.panels[0], DICE)
    assert (found.seeds, found.comparisons) == (2, 2)
    assert found.spread.sd == pytest.approx(math.sqrt((0.01**2 / 2 + 0.02**2 / 2) / 2))
    report = build([*sweep, *(runs_of("bald", i, curve(0.7 + i)) for i in range(2))])
    found = design(report.analysis, report.panels[0], DICE)
    assert (found.seeds, found.comparisons) == (3, 2)
    assert found.spread.sd == pytest.approx(math.sqrt((0.01**2 + 0.02**2) / 2))


def test_comparisons_without_a_common_seed_have_the_degrees_of_one(runs_of):
    gains = {"random": {}, "entropy": {0: 0.0, 1: 0.01, 2: 0.02}, "bald": {3: 0.0, 4: 0.02, 5: 0.04}}
    gains["random"] = dict.fromkeys(range(6), 0.0)
    report = build([runs_of(s, i, curve(0.7 + gain)) for s, by_seed in gains.items() for i, gain in by_seed.items()])
    found = design(report.analysis, report.panels[0], DICE)
    assert (found.seeds, found.comparisons, found.spread.degrees) == (3, 2, 2)
    assert found.spread.sd == pytest.approx(math.sqrt((0.01**2 + 0.02**2) / 2))


def test_nothing_to_say_without_a_control_a_second_seed_or_a_spread(runs_of):
    for number, runs in enumerate(
        (
            [("entropy", 0, 0.7), ("bald", 0, 0.8)],
            [("random", 0, 0.7), ("bald", 0, 0.8)],
            [("random", 0, 0.7), ("random", 1, 0.7)],
        )
    ):
        report = build([runs_of(s, i, curve(v), folder=f"{number}{s}{i}") for s, i, v in runs])
        assert design(report.analysis, report.panels[0], DICE) is None
    ahead = {"random": 0.0, "bald": 0.1}  # the same at all seeds, but for rounding
    same = [runs_of(s, i, curve(0.61 + i / 30 + ahead[s]), folder=f"same{s}{i}") for s in ahead for i in range(3)]
    report = build(same)
    assert design(report.analysis, report.panels[0], DICE) is None
