"""Runs without a test set, for want of labels: they have labels, costs and queries, and no result."""

import json
import re

import pytest

from alseg.cli import main
from alseg.report.read.read_runs import read_run

RUNS = ("entropy", "random")


@pytest.fixture
def untested(make_run):
    """Makes a run on another data set, without test and validation metrics."""

    def make(strategy: str):
        run = make_run(strategy, folder=f"live-{strategy}", data={"name": "live"}, metric="labels/mine")
        text = (
            (run / "ledger.jsonl")
            .read_text()
            .replace('"test": 10', '"test": 0')
            .replace('"data": "abc"', '"data": "def"')
        )
        (run / "ledger.jsonl").write_text(text.replace('"val/dice"', '"labels/other"'))
        (run / "metrics.csv").write_text((run / "metrics.csv").read_text().replace("val/dice", "labels/other"))
        return run

    return make


def test_an_evaluation_without_values_is_a_round(make_run):
    run = make_run("random", folder="live")
    events = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
    for event in events:
        event.update({"metrics": {}} if event["event"] == "evaluated" else {})
        event.update({"split": {"pool": 90, "val": 0, "test": 0}} if event["event"] == "started" else {})
    (run / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (run / "metrics.csv").unlink()
    found = read_run(run)
    assert found.metrics["n_labelled"].tolist() == [10, 20, 30]
    assert not found.copied


@pytest.mark.slow
def test_a_report_of_runs_without_a_test_set(untested, tmp_path, capfd):
    for strategy in RUNS:
        untested(strategy)
    assert main(["report", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]) == 0
    shown = capfd.readouterr().out
    assert "live: Labels and cost; there is no test set" in shown
    page = (tmp_path / "out" / "report.html").read_text()
    assert "There is no test set, so no model was tested" in page
    assert 'id="view"' not in page
    assert "plotly" not in page
    assert "test/" not in (tmp_path / "out" / "table.md").read_text()
    assert not list((tmp_path / "out").glob("curves.*"))
    costs = (tmp_path / "out" / "costs.csv").read_text().splitlines()
    assert len(costs) == 1 + 2 * 3
    assert "test" not in costs[0]


@pytest.mark.slow
def test_beside_runs_with_one_each_picture_has_its_numbers(untested, make_run, tmp_path):
    for strategy in RUNS:
        untested(strategy)
        make_run(strategy)
    assert main(["report", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "report.html").read_text()
    (numbers,) = re.findall(r'<script type="application/json" id="panels">(.*?)</script>', page)
    assert [panel["data"] for panel in json.loads(numbers)] == ["phantoms"]
    assert re.findall(r'<section data-panel="(\d+)">\n<h2>(.*?)</h2>', page) == [("0", "phantoms")]
    assert re.findall(r"<section>\n<h2>(live)</h2>", page) == ["live"]
    assert {line.split(",")[0] for line in (tmp_path / "out" / "curves.csv").read_text().splitlines()[1:]} == {
        "phantoms"
    }
