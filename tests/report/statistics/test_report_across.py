"""Conditions over several data sets: who is the same, and who can be ranked."""

from __future__ import annotations

import pytest

from alseg.report.statistics.across import ranked
from alseg.report.statistics.panels import build

DICE = "test/dice"
LEVELS = {"random": 0.5, "entropy": 0.6, "margin": 0.7}


def on(runs_of, data, learner="plain", **config):
    """Three strategies with three seeds on one data set, where all strategies share their learner."""
    return [
        runs_of(
            name,
            s,
            {10: 0.3, 20: level + s / 100, 30: level + s * s / 100},
            folder=f"{data}{learner}{name}{s}",
            data={"name": data},
            learner={"name": learner},
            **config,
        )
        for name, level in LEVELS.items()
        for s in range(3)
    ]


def test_the_same_label_with_another_learner_is_another_condition(runs_of):
    """On each data set alone a condition is called by its strategy, since nothing else differs there."""
    runs = [*on(runs_of, "a"), *on(runs_of, "b"), *on(runs_of, "c", "sequal")]
    report = build(runs)
    assert [[row.label for row in panel.rows] for panel in report.panels] == [["random", "entropy", "margin"]] * 3
    first, second, third = report.analysis.names
    assert first == second
    assert {*first.values()}.isdisjoint(third.values())
    found = report.analysis.penalty(DICE)
    assert len(found.labels) == 6
    assert found.compared.max() == 2  # on a and b
    assert report.analysis.ranks(DICE) is None  # nobody is on all three


@pytest.mark.slow
def test_budgets_and_steps_may_be_those_of_the_data(runs_of):
    trainer = {"steps": 900, "accelerator": "cpu"}
    runs = [
        *on(runs_of, "a"),
        *on(runs_of, "b", trainer=trainer),
        *on(runs_of, "c", budget={"initial": 10, "query": 9}),
    ]
    report = build(runs)
    assert report.analysis.names == [dict(zip(LEVELS, LEVELS))] * 3
    ranks = report.analysis.ranks(DICE)
    assert (ranks.labels, ranks.means.tolist()) == (("margin", "entropy", "random"), [1.0, 2.0, 3.0])


def test_ranks_go_by_the_budgets_of_most_conditions_and_not_by_the_cold_start(runs_of):
    """Above the level are s / 100 at 20 and s² / 100 at 30: 0.01 and 5 / 300 over the seeds. The AUBC is the mean of the two."""
    runs = on(runs_of, "a")
    short = [runs_of("badge", s, {10: 0.9, 20: 0.9}, data={"name": "a"}, learner={"name": "plain"}) for s in range(3)]
    (panel,) = build([*runs, *short]).panels
    mean = (0.01 + 5 / 300) / 2
    assert ranked(panel, DICE) == {name: pytest.approx(level + mean) for name, level in LEVELS.items()}
