"""A whole sweep goes on with more rounds, in the folders that it has."""

import pytest

from tests.helpers.command_line import TINY
from tests.helpers.sweeping import decisions, sweep


@pytest.mark.slow
def test_a_sweep_that_was_done_goes_on_with_more_rounds(tmp_path):
    runs = tmp_path / "runs"
    job = [
        *(word for word in TINY if not word.startswith("budget.rounds")),
        "strategy=random,entropy",
        f"run_dir={runs}",
    ]
    code, output = sweep(*job, "budget.rounds=1")
    assert code == 0, output
    names = decisions(runs).keys()
    code, output = sweep(*job, "budget.rounds=2")
    assert code == 0, output
    assert "opened again (budget.rounds 1 → 2)" in output
    found = decisions(runs)
    assert found.keys() == names
    for events in found.values():
        kinds = [event["event"] for event in events]
        assert kinds.count("trained") == kinds.count("evaluated") == 2
    code, output = sweep(*job, "budget.rounds=2")
    assert (code, decisions(runs)) == (0, found)
