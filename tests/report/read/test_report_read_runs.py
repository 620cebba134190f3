from __future__ import annotations

import math
from pathlib import Path

import pytest

from alseg.errors import DataError, RunFolderError
from alseg.report.read.read_runs import read_run, read_runs


def test_a_run_folder_is_read_whole(make_run):
    run = read_run(make_run("entropy", 3, {10: 0.5, 20: 0.6}, cost=7.0))
    assert (run.status, run.seed, run.config["strategy"]["name"]) == ("finished", 3, "entropy")
    assert run.metrics["test/dice"].tolist() == [0.5, 0.6]
    assert math.isnan(run.metrics["seconds_scan"].iloc[-1])
    assert run.cost == 14.0  # from the ledger: two answers


def test_folders_are_found_at_any_depth_and_counted_once(make_run, tmp_path):
    one = make_run(folder="sweep/a/seed=0")
    two = make_run(seed=1, folder="sweep/a/seed=1")
    (one / "rounds" / "00").mkdir(parents=True)
    for name in ("config.yaml", "metrics.csv"):  # a logger's files inside a run are no run
        (one / "rounds" / "00" / name).write_text("seed: 0\n")
    assert [r.path for r in read_runs([tmp_path / "runs", one])] == [one, two]


def test_status_and_reason(make_run):
    failed = read_run(make_run(status="FAILED"))
    assert (failed.status, failed.reason) == ("failed", "ValueError: the loss is NaN")
    assert read_run(make_run(seed=1, status="")).status == "unfinished"


def test_cost_falls_back_on_the_metrics(make_run):
    path = make_run(cost=3.0)
    (path / "ledger.jsonl").write_text('{"event": "started"}\n')
    assert read_run(path).cost == 9.0
    (path / "ledger.jsonl").write_text('{"event": "annotated", "cost": {"a": 1.5, "b": 2}}\n')
    assert read_run(path).cost == 3.5


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("config.yaml", "seed: [", "cannot be read as YAML"),
        ("config.yaml", "- 1\n", "should hold settings"),
        ("config.yaml", "seed: one\n", "seed should be a whole number"),
        ("ledger.jsonl", '{"event": "started"}\n{"event": "ann', "line 2 is no ledger event"),
        ("ledger.jsonl", '{"event": "annotated", "cost": "much"}\n', "line 1"),
    ],
)
def test_a_broken_finished_run_is_named_in_one_line(make_run, name, text, says):
    path = make_run()
    (path / name).write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        read_run(path)
    assert str(caught.value).startswith(str(path / name))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read as CSV"),
        ("round,test/dice\n0,0.5\n", "column n_labelled is missing"),
        ("round,n_labelled\n", "holds no round"),
        ("round,n_labelled,test/dice\n0,10,good\n", "column test/dice should hold numbers"),
        ("round,n_labelled,test/hd95_mm\n0,10,inf\n", "infinite"),
        ("round,n_labelled,test/hd95_mm\n0,10,1e300\n", "column test/hd95_mm holds '1e300'"),
        ("round,n_labelled\n0,10\n0,20\n", "round 0 appears twice"),
        ("round,n_labelled\n0,\n", "lacks its round or n_labelled"),
        ("round,n_labelled,test/dice\n0,10,\n", "no test/ column holds a number"),
    ],
)
def test_broken_metrics_are_named_where_no_ledger_holds_them(make_run, text, says):
    path = make_run()
    (path / "ledger.jsonl").unlink()
    (path / "metrics.csv").write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        read_run(path)
    assert str(caught.value).startswith(str(path / "metrics.csv"))
    (path / "metrics.csv").unlink()
    with pytest.raises(DataError, match=r"metrics\.csv: there is no such file"):
        read_run(path)


def test_a_run_under_way_may_be_half_written(make_run):
    path = make_run(status="")
    (path / "ledger.jsonl").write_text('{"event": "ann')
    (path / "metrics.csv").unlink()
    run = read_run(path)
    assert (run.status, len(run.metrics)) == ("unfinished", 0)


def test_nothing_found_names_the_paths(tmp_path):
    with pytest.raises(RunFolderError, match=f"no run found in {tmp_path}"):
        read_runs([tmp_path])
    with pytest.raises(RunFolderError, match="nowhere: no such folder"):
        read_runs([Path("nowhere")])
    with pytest.raises(RunFolderError, match="no run found in nothing"):
        read_runs([])


def test_a_ledger_without_config_is_an_error(make_run, tmp_path):
    (make_run() / "config.yaml").unlink()
    with pytest.raises(RunFolderError, match=r"no config\.yaml"):
        read_runs([tmp_path])
