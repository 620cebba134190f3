"""Of two runs with the same settings and the same seed one counts, and the other is named; never both, and never silently."""

from __future__ import annotations

import json
import shutil

import pytest

from alseg.errors import RunFolderError
from alseg.report.read.read_runs import read_run, read_runs
from alseg.report.statistics.panels import build


def begin(run, time):
    """Give all events of a run a time, the first of them this one."""
    events = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
    for event in events:
        event["time"] = time
    (run / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))


def reported(path):
    """Path of the run that counts for each seed, and what is said of the others."""
    report = build(read_runs([path]))
    (row,) = report.panels[0].rows
    return {seed: run.path for seed, run in row.runs.items()}, {one.path: one.reason for one in report.unread}


def test_a_copied_folder_is_left_out_whatever_it_is_called(make_run, tmp_path):
    original = make_run("random", 0, folder="run")
    begin(original, "2026-01-02T03:04:05+00:00")
    copy = original.parent / "a copy"
    shutil.copytree(original, copy)
    counted, others = reported(original.parent)
    assert counted == {0: original}
    assert others == {
        copy: f"a copy of {original}, which counts: the same settings and the same seed 0 as it, and the same ledger"
    }


def test_of_equal_ledgers_far_from_home_one_counts(make_run, tmp_path):
    """Both lie elsewhere than where the run was begun: all that they say is the same."""
    original = make_run("random", 0, folder="run")
    for name in ("a", "b"):
        shutil.copytree(original, tmp_path / "moved" / name)
    counted, others = reported(tmp_path / "moved")
    assert counted == {0: tmp_path / "moved" / "a"}
    assert list(others) == [tmp_path / "moved" / "b"]


def test_of_two_repetitions_the_one_that_was_begun_first_counts(make_run):
    """Whatever came out: 0.9 of the later one must not be chosen, nor averaged in."""
    later, first = make_run("random", 0, {10: 0.9}, folder="a"), make_run("random", 0, {10: 0.5}, folder="b")
    begin(later, "2026-01-02T03:04:05+00:00")
    begin(first, "2026-01-02T04:04:05+02:00")  # an hour earlier, in another zone
    counted, others = reported(first.parent)
    assert counted == {0: first}
    assert others == {later: f"the same settings and the same seed 0 as {first}, which was begun first and counts"}


def test_a_copy_that_went_on_by_itself_is_known_by_its_place(make_run, tmp_path):
    original = make_run("random", 0, {10: 0.5, 20: 0.6}, folder="run")
    begin(original, "2026-01-02T03:04:05+00:00")
    copy = original.parent / "copy"
    shutil.copytree(original, copy)
    (copy / "ledger.jsonl").write_text((copy / "ledger.jsonl").read_text().replace("0.6", "0.8"))
    (copy / "metrics.csv").unlink()
    assert reported(original.parent)[0] == {0: original}


def test_where_nothing_tells_which_is_the_copy_none_counts(make_run):
    same = [make_run("random", 0, {10: value}, folder=f"{value}") for value in (0.5, 0.9)]
    other = make_run("random", 1, {10: 0.7})
    counted, others = reported(other.parent)
    assert counted == {1: other}
    assert list(others) == same
    assert all("nothing tells which of them is the copy" in reason for reason in others.values())
    with pytest.raises(RunFolderError, match="no run counts: .*nothing tells which"):
        build([read_run(path) for path in same])


def test_a_data_set_of_copies_alone_is_gone(make_run):
    for value in (0.5, 0.9):
        make_run("random", 0, {10: value}, folder=f"{value}", data={"name": "other"})
    make_run("random", 0)
    report = build(read_runs([make_run("random", 1).parent]))
    assert [panel.data for panel in report.panels] == ["phantoms"]
    assert len(report.unread) == 2
