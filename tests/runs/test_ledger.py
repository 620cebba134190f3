"""The ledger."""

import json

import pytest

from alseg.errors import RunFolderError
from alseg.runs.ledger import Ledger


def test_one_event_of_a_kind_per_round(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    first = ledger.record("queried", 0, ids=["a"])
    assert ledger.record("queried", 0, ids=["b"]) == first
    ledger.record("queried", 1, ids=["c"])
    assert [e["ids"] for e in Ledger(ledger.path).of("queried")] == [["a"], ["c"]]


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_cut_short_by_a_kill_is_dropped(tmp_path, cut):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.record("queried", 0, ids=["a"])
    whole = ledger.path.read_bytes()
    ledger.record("annotated", 0, ids=["a"])
    ledger.path.write_bytes(ledger.path.read_bytes()[: len(whole) + cut])
    again = Ledger(ledger.path)
    assert [e["event"] for e in again.events] == ["queried"]
    again.record("annotated", 0, ids=["a"])
    assert [json.loads(line)["event"] for line in ledger.path.read_text().splitlines()] == ["queried", "annotated"]


@pytest.mark.parametrize("line", [b"nonsense", b"\xff\xfe", b"3", b"[]", b'{"event": "queried"}', b'{"round": 0, "event": 1}',
    b'{"event": "queried", "round": true}', b'{"event": "queried", "round": "0"}'])  # fmt: skip
def test_a_line_that_is_no_event_is_named(tmp_path, line):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"event": "started", "round": 0}\n' + line + b"\n")
    for writable in (True, False):
        with pytest.raises(RunFolderError, match=r"ledger\.jsonl: line 2 is (no event|not JSON)"):
            Ledger(path, writable=writable)


def test_a_reader_does_not_repair(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"event": "started", "round": 0}\n{"eve')
    assert len(Ledger(path, writable=False).events) == 1
    assert path.read_text().endswith('{"eve')
    with pytest.raises(RuntimeError, match="rank 0"):
        Ledger(path, writable=False).record("queried", 0)


def test_damage_in_the_middle_is_named(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"event": "started", "round": 0}\nnonsense\n{"event": "finished", "round": 0}\n')
    with pytest.raises(RunFolderError, match="line 2"):
        Ledger(path)


def test_labelled_set_cost_and_rows_are_folds(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for round_, ids in enumerate([["a", "b"], ["c"]]):
        ledger.record("queried", round_, ids=ids, seconds={"scan": 1.0 * round_, "select": 0.5})
        ledger.record("annotated", round_, ids=ids, refused=["x"] if round_ else [], cost=[10.0] * len(ids))
        ledger.record("trained", round_, seconds={"train": 3.0})
        n = len(ledger.labelled)
        ledger.record(
            "evaluated", round_, n_labelled=n, cost=ledger.cost, metrics={"test/dice": 0.5}, seconds={"evaluate": 1}
        )
    assert ledger.labelled == ["a", "b", "c"]
    assert ledger.refused == ["x"]
    assert ledger.cost == 30
    assert ledger.rows()[1] == {
        "round": 1,
        "n_labelled": 3,
        "cost": 30.0,
        "seconds_scan": 1.0,
        "seconds_select": 0.5,
        "seconds_train": 3.0,
        "seconds_evaluate": 1,
        "test/dice": 0.5,
    }


def test_decisions_leave_out_clocks(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.record("trained", 0, loss=0.1, seconds={"train": 2})
    assert ledger.decisions() == [{"event": "trained", "round": 0, "loss": 0.1}]
