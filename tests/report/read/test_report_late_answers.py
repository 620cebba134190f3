"""Answers that came later are of the pick that they belong to, not of the round that took them up."""

import json

import pytest

from alseg.report.read.events import events_of
from alseg.report.read.run_details import _query


def test_cost_refusals_and_reasons_of_late_answers(tmp_path):
    query = {"event": "queried", "round": 0, "ids": ["a", "b", "c"], "strategy": "entropy", "reasons": ["x", "y", "z"]}
    answers = [
        {"event": "annotated", "round": 0, "ids": ["a"], "refused": [], "cost": [5.0]},
        {"event": "annotated", "round": 1, "ids": ["b", "d"], "refused": ["c"], "cost": [7.0, 9.0]},
    ]
    problems = []
    picks = _query(tmp_path, query, answers, problems).picks
    assert [(pick.id, pick.reason, pick.cost, pick.refused) for pick in picks] == [
        ("a", "x", 5.0, False),
        ("b", "y", 7.0, False),
        ("c", "z", None, True),
    ]
    assert problems == []


@pytest.mark.parametrize(
    "event",
    [
        {"event": "queried", "round": 0, "ids": ["a"], "reasons": ["x", "y"]},
        {"event": "annotated", "round": 0, "ids": ["a"], "annotators": ["x", "y"]},
        {"event": "settings", "round": 0, "changed": {"budget.rounds": [3]}},
    ],
)
def test_events_that_do_not_fit_are_damage(tmp_path, event):
    with pytest.raises(Exception, match="is no ledger event"):
        events_of(tmp_path / "ledger.jsonl", (json.dumps(event) + "\n").encode(), whole=True)
