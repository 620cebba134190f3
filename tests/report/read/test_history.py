"""Settings that changed on the way of a run are part of its condition, where they have left their mark."""

import pytest

from alseg.report.read.history import with_history


def change(round_, key, old, new):
    return {"event": "settings", "round": round_, "changed": {key: [old, new]}}


@pytest.mark.parametrize(
    ("events", "query"),
    [
        ([], 20),
        ([change(3, "budget.query", 10, 20)], "10, 20 from round 3"),
        (
            [change(3, "budget.query", 10, 15), change(5, "budget.query", 15, 20)],
            "10, 15 from round 3, 20 from round 5",
        ),
        ([change(3, "budget.query", 10, 15), change(3, "budget.query", 15, 20)], "10, 20 from round 3"),
        ([change(1, "budget.query", 10, 20)], 20),  # the query of round 0 is budget.initial
        ([change(0, "budget.query", 10, 20)], 20),
        ([change(3, "budget.query", 20, 10), change(3, "budget.query", 10, 20)], 20),
        ([change(3, "budget.rounds", 3, 5)], 20),
        ([{"event": "settings", "round": 3, "changed": None}], 20),
    ],
)
def test_queries(events, query):
    config = {"budget": {"query": 20, "rounds": 5}, "seed": 0}
    assert with_history(config, events)["budget"] == {"query": query, "rounds": 5}
    assert config["budget"]["query"] == 20


def test_enough_counts_from_the_first_round_on():
    config = {"oracle": {"enough": 0.8}}
    assert with_history(config, [change(0, "oracle.enough", 1.0, 0.8)]) == config
    assert with_history(config, [change(1, "oracle.enough", 1.0, 0.8)])["oracle"]["enough"] == "1.0, 0.8 from round 1"
