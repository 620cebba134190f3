"""A/A sweeps through the report's own code: a small version of ``python -m benchmarks.false_findings``."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from alseg.report.sections.comparisons import better
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.comparisons import ALPHA
from alseg.report.statistics.panels import build
from benchmarks import false_findings
from benchmarks.dunnett import dunnett
from benchmarks.simulated_sweeps import STRATEGIES, Kind, Sweeps

CONTINUOUS, COUNTED = false_findings.KINDS[0], false_findings.KINDS[1]


def most(sweeps):
    """More false findings are seen in 1 of 100 such tests where the true share is 5%; the draws are fixed."""
    return stats.binom.ppf(0.99, sweeps, ALPHA)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seeds"), [(CONTINUOUS, 3), (CONTINUOUS, 5), (COUNTED, 3), (COUNTED, 5)], ids=str)
def test_random_against_random_is_seldom_better(kind, seeds):
    assert false_findings.false_findings(kind, seeds, 1, 60) <= most(60)


@pytest.mark.parametrize("kind", [CONTINUOUS, COUNTED], ids=str)
def test_two_seeds_are_never_better(kind):
    assert false_findings.false_findings(kind, 2, 1, 40) == 0


@pytest.mark.slow
def test_without_the_correction_the_check_would_fail():
    drawn = Sweeps(CONTINUOUS, 5)
    reports = [drawn.draw(np.random.default_rng(i)) for i in range(60)]
    found = [any(b.result.p_t < ALPHA for b in r.analysis.against_control(r.panels[0].primary)) for r in reports]
    assert sum(found) > most(60)


def test_other_metrics_of_the_menu_do_not_change_the_primary_one():
    drawn = Sweeps(CONTINUOUS, 5, 6)
    report = drawn.draw(np.random.default_rng(0))
    (panel,) = report.panels
    assert (panel.primary, len(panel.metrics)) == ("test/dice", 6)
    assert {b.result.family for b in report.analysis.against_control(panel.primary)} == {len(STRATEGIES) - 1}


def test_a_difference_is_found_and_by_the_strategy_that_has_it():
    drawn = Sweeps(CONTINUOUS, 10)
    gains = [4 * drawn.sd if name == "bald" else 0.0 for name in STRATEGIES]
    report = drawn.draw(np.random.default_rng(0), gains)
    metric = report.panels[0].primary
    assert {better(b, metric) for b in report.analysis.against_control(metric)} >= {"bald"}


@pytest.mark.slow
def test_the_spread_that_effects_are_measured_in():
    drawn = Sweeps(CONTINUOUS, 150)
    report = drawn.draw(np.random.default_rng(0))
    e = report.analysis.against_control(report.panels[0].primary)[0].result.difference
    sd = e.half * np.sqrt(e.n) / stats.t.ppf(0.975, e.n - 1)
    assert sd == pytest.approx(drawn.sd, rel=3 / np.sqrt(2 * 150))


@pytest.mark.parametrize("kind", [CONTINUOUS, Kind("accuracy", 20)], ids=str)
def test_drawing_into_a_built_report_is_building_it(kind):
    drawn = Sweeps(kind, 3, 2)
    report = drawn.draw(np.random.default_rng(0))
    runs = [run for row in report.panels[0].rows for run in row.runs.values()]
    again = build(runs)
    metric = report.panels[0].primary
    ours, theirs = (r.analysis.against_control(metric) for r in (report, again))
    assert [(b.ours, b.control, b.budgets) for b in ours] == [(b.ours, b.control, b.budgets) for b in theirs]
    assert [b.result.p_t for b in ours] == [b.result.p_t for b in theirs]
    assert {b.budgets for b in ours} == {(40, 60)}  # the cold start is shared


def test_dunnett_as_scipy_says_where_seeds_are_no_blocks():
    """scipy's Dunnett is for independent groups; without block effects both estimate the same, and with many seeds agree."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4, 200)) + np.array([0, 0.15, 0.25, 0.0])[:, None]
    ours = dunnett([(dict(enumerate(v)), dict(enumerate(values[0]))) for v in values[1:]])
    theirs = stats.dunnett(*values[1:], control=values[0], random_state=0)
    assert [c.holm_t for c in ours] == pytest.approx(theirs.pvalue, abs=0.03)


@pytest.mark.slow
def test_dunnett_pools_what_does_not_spread_alike():
    """So that a wide control makes it find too much: the reason why the report does without it."""
    drawn = Sweeps(CONTINUOUS, 3)
    found = 0
    for i in range(80):
        (panel,) = drawn.draw(np.random.default_rng(i), spreads=(3.0, *[1.0] * 5)).panels
        analysis = Analysis((panel,), dunnett)
        found += any(better(b, panel.primary) for b in analysis.against_control(panel.primary))
    assert found > most(80)


@pytest.mark.slow
def test_tables_have_a_cell_for_each_case():
    table, within = false_findings.by_kind(4, (CONTINUOUS, COUNTED), (1, 6), (2, 3))
    assert within
    assert table["metrics in the menu"].tolist() == ["1", "6", "1", "6", ""]
    assert table["2 seeds"].tolist() == ["0.0%"] * 5
    effects = false_findings.by_effect(2, (3,))
    assert effects["effect (SD)"].tolist() == [0.5, 1.0, 2.0]
    assert set(effects["uncorrected"]) <= {"0.0%", "50.0%", "100.0%"}


def test_a_cell_that_chance_does_not_allow_is_a_failure():
    assert false_findings.limit(400) == 35
    assert stats.binom.sf(35, 400, ALPHA) < 0.001 < stats.binom.sf(34, 400, ALPHA)
