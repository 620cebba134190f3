"""Version, command, dates and machines of the runs stand on the page, in Markdown and in LaTeX."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import alseg
from alseg.identity.code import version
from alseg.report.pages.latex import latex
from alseg.report.pages.markdown import markdown
from alseg.report.pages.page import html
from alseg.report.pages.provenance import of_run, provenance
from alseg.report.read.read_runs import read_run, read_runs
from alseg.report.statistics.panels import build

MACHINE = {"host": "lab_1", "system": "Linux x86_64", "cores": 8, "gpu": "H100", "python": "3.11.2", "torch": "2.10.0"}


def start(run, commit="0123abcd", **machine):
    line = {"time": "2026-01-02T03:04:05+00:00", "alseg": "0.3.0", "commit": commit, "command": "alseg run -m seed=0,1"}
    with (run / "provenance.jsonl").open("a") as file:
        file.write(json.dumps(line | {"machine": MACHINE | machine}) + "\n")


def timed(run, first, last):
    lines = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
    lines[0]["time"], lines[-1]["time"] = first, last
    (run / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.slow
def test_what_runs_recorded_is_summed_up(make_run, tmp_path):
    one, two, three = (make_run("random", seed) for seed in range(3))
    start(one)
    start(two)
    start(two, commit="", host="lab_2", gpu="")  # it went on elsewhere
    timed(one, "2026-01-02T03:04:05+00:00", "2026-01-02T03:30:00+00:00")
    timed(two, "2026-01-02T01:00:00+00:00", "2026-01-03T12:00:00+02:00")
    report = replace(build(read_runs([three.parent])), command="alseg report runs --out out")
    assert dict(provenance(report)) == {
        "Runs made with": "alseg 0.3.0 (commit 0123abcd) (2 runs); alseg 0.3.0 (1 run); not recorded of 1 run",
        "Runs made by": "alseg run -m seed=0,1 (2 runs); not recorded of 1 run",
        "Runs made on": "lab_1, Linux x86_64, 8 cores, H100, Python 3.11.2, torch 2.10.0 (2 runs); "
        "lab_2, Linux x86_64, 8 cores, Python 3.11.2, torch 2.10.0 (1 run); not recorded of 1 run",
        "Dates of the runs": "2026-01-02 01:00 to 2026-01-03 10:00 UTC; not recorded of 1 run",
        "Report made with": f"alseg {version()}",
        "Report made by": "alseg report runs --out out",
    }
    assert version().startswith(alseg.__version__)
    assert "0123abcd" in html(report)
    assert "- Runs made on: lab\\_1, Linux x86\\_64" in markdown(report)
    assert r"Runs made on: lab\_1, Linux x86\_64" in latex(report)
    assert of_run(read_run(two))["Made on"].startswith("lab_2")
    assert of_run(read_run(three)) == {"Dates": "not recorded"}


def test_a_broken_record_costs_no_run(make_run):
    path = make_run("random", 0)
    for text, says in (("{}\n", "line 1 is no start"), ("x", "line 1 is no start"), (b"\xff", "is no UTF-8 text")):
        (path / "provenance.jsonl").write_bytes(text if isinstance(text, bytes) else text.encode())
        run = read_run(path)
        assert (run.starts, run.seed) == ((), 0)
        assert says in run.unread[0].reason
        assert "its provenance is not known" in run.unread[0].reason
