from __future__ import annotations

import csv
import os
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from rich.console import Console

from alseg.cli import main as alseg
from alseg.commands.report import main
from alseg.errors import AlsegError, RunFolderError
from alseg.report import render, write_report
from alseg.report.pages.markdown import markdown
from alseg.report.sections.results_table import results_grid
from alseg.report.statistics.panels import build

FILES = [
    "comparisons.csv",
    "costs.csv",
    "costs.png",
    "costs.svg",
    "coverage.csv",
    "curves.csv",
    "curves.png",
    "curves.svg",
    "forecast.csv",
    "labels_needed.csv",
    "overlap.csv",
    "penalty.csv",
    "report.html",
    "runs",
    "table.csv",
    "table.md",
    "tables.tex",
]


class Page(HTMLParser):
    """Collects what a browser would load, the visible text and the elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._inside = tag
        self.loads += [v for k, v in attrs if k in ("src", "href", "srcset", "data", "action") and v]
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, _tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.text += data


@pytest.fixture
def sweep(make_run, tmp_path):
    for seed in range(3):
        wobble = seed / 100
        for strategy, gain in (("random", 0.0), ("entropy", 0.1)):
            curve = {10: 0.5 + wobble + gain, 20: 0.6 + wobble + gain}
            make_run(strategy, seed, curve, more={"test/hd95_mm": [9 - seed - gain, 5 - seed - gain]})
    make_run("entropy", 8, status="FAILED")
    make_run("entropy", 9, status="")
    return tmp_path / "runs"


@pytest.mark.slow
def test_everything_is_written(sweep, tmp_path):
    out = tmp_path / "deep" / "out"
    report = write_report([sweep], out)
    assert sorted(p.name for p in out.iterdir()) == FILES  # and no temporary file is left
    assert sorted(p.name for p in report.files) == [name for name in FILES if name != "runs"]
    assert len(list((out / "runs").glob("*.html"))) == 8  # failed and unfinished ones too
    assert {path.name for path in (out / "runs").iterdir() if path.suffix != ".html"} == {"page.css", "page.js"}
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (out / "curves.svg").read_text()


@pytest.mark.slow
def test_the_same_runs_give_the_same_files(sweep, tmp_path):
    for name in ("one", "two"):
        write_report([sweep], tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) == len(FILES) - 1 + 8 + 2
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.slow
def test_the_page_needs_no_network_and_holds_the_tables(sweep, tmp_path):
    write_report([sweep], tmp_path / "out")
    source = (tmp_path / "out" / "report.html").read_text()
    page = Page(source)
    loads = [load for load in page.loads if not load.startswith("runs/")]
    assert len([load for load in loads if load.startswith("data:image/svg+xml;base64,")]) == 1  # the cost curves
    assert sorted(load for load in loads if not load.startswith("data:")) == sorted({*FILES} - {"report.html", "runs"})
    assert "link" not in page.tags
    assert not re.search(r"url\(|@import", "".join(re.findall(r"<style>(.*?)</style>", source, re.S)))
    assert sum(len(s) > 1_000_000 for s in page.scripts) == 1  # plotly.js, once
    assert "default-src 'none'" in source
    # of two metrics results, intervals, comparisons, labels and seconds needed; costs, overlap, the penalty matrix and the runs
    assert page.tags.count("table") == 2 * 5 + 4
    assert page.tags.count("details") == 2 * 3 + 3 + 1  # and the filters
    for text in ("0.610 ± 0.025", "At 20 − random", "+0.100", "HD95 (mm)", "entropy-8 (seed 8), failed"):
        assert text in page.text, text
    assert "ValueError: the loss is NaN" in page.text
    assert "entropy-9 (seed 9), unfinished" in page.text
    assert "0–2" in page.text  # the seeds


@pytest.mark.slow
def test_names_from_files_are_escaped(make_run, tmp_path):
    evil = "</script><script>alert(1)</script><img src=x>"
    make_run(evil, 0, folder="a", data={"name": evil}, more={f"test/dice_{evil}": [0.1, 0.2, 0.3]})
    make_run("$x$ _|[red]", 0, folder="b", data={"name": evil})
    path = make_run("x", 1, folder="<b>c", status="FAILED")
    (path / "FAILED").write_text(evil)
    report = write_report([tmp_path / "runs"], tmp_path / "out")
    source = (tmp_path / "out" / "report.html").read_text()
    page = Page(source)
    assert all((tmp_path / "out" / unquote(load)).exists() for load in page.loads if not load.startswith("data:"))
    assert not any(s.startswith("alert") for s in page.scripts)
    assert evil in page.text
    assert "<script>" not in (tmp_path / "out" / "table.md").read_text()
    assert r"$x$ \_\|\[red\]" in (tmp_path / "out" / "table.md").read_text()
    assert "[red]" in text_of(report)


def text_of(report, width=160):
    console = Console(file=StringIO(), width=width)
    console.print(render(report))
    return console.file.getvalue()


@pytest.mark.slow
def test_the_terminal_shows_the_table_and_what_was_left_out(sweep, tmp_path):
    text = text_of(write_report([sweep], tmp_path / "out"))
    for part in ("phantoms: Dice", "0.610 ± 0.025", "entropy-8 (seed 8), failed after 3 rounds", "report.html"):
        assert part in text.replace("\n", ""), part


@pytest.mark.slow
def test_tables_hold_the_same_numbers(sweep, tmp_path):
    out = tmp_path / "out"
    write_report([sweep], out)
    wide = list(csv.DictReader((out / "table.csv").open()))
    assert list(wide[0])[:6] == ["data", "metric", "condition", "n_seeds", "10", "10_half"]
    entropy = next(r for r in wide if (r["metric"], r["condition"]) == ("test/dice", "entropy"))
    assert float(entropy["10"]) == pytest.approx(0.61)
    assert float(entropy["aubc"]) == pytest.approx(0.66)
    assert float(entropy["minus_random"]) == pytest.approx(0.1)
    long = list(csv.DictReader((out / "curves.csv").open()))
    assert len(long) == 2 * 2 * 2
    row = next(r for r in long if (r["metric"], r["condition"], r["n_labelled"]) == ("test/dice", "entropy", "10"))
    assert (row["mean"], row["half"], row["n_seeds"]) == (entropy["10"], entropy["10_half"], "3")
    table = (out / "table.md").read_text()
    assert "| entropy | 3 | 0.660 ± 0.025 | +0.100 | 0.610 ± 0.025 |" in table
    assert "## Left out" in table


def test_bold_is_the_lower_for_distances(runs_of):
    levels = {"random": (9.0, 9.1, 9.3), "entropy": (4.0, 4.2, 4.1), "margin": (12.0, 12.3, 12.2)}
    values = [(name, s, v) for name, by_seed in levels.items() for s, v in enumerate(by_seed)]
    runs = [runs_of(name, s, {10: 15.0, 20: v}, metric="test/hd95_mm") for name, s, v in values]
    report = build(runs)
    best = {row[0].text: row[2].best for row in results_grid(report, report.panels[0], "test/hd95_mm").rows}
    assert best == {"random": False, "entropy": True, "margin": False}


def test_a_single_seed_says_so_and_nothing_is_best_of_one(runs_of):
    text = markdown(build([runs_of("random", 0, {10: 0.5, 20: 0.6})]))
    assert "| random | 1 | 0.550 (n=1) | 0.500 (n=1) | 0.600 (n=1) |" in text
    assert "**" not in text


def test_a_seed_that_stopped_early_is_said(runs_of):
    runs = [runs_of(seed=s, curve={10: 0.5, 20: 0.6}) for s in (0, 1)] + [runs_of(seed=2, curve={10: 0.5})]
    text = markdown(build(runs))
    assert "0.600 ± 0.000 (n=2)" in text
    assert "| 0.550 ± 0.000 (n=2) |" in text  # the AUBC of the two that have both budgets
    assert "Not in the AUBC, for want of a budget that the others of their condition have: random, seed 2." in text


@pytest.mark.slow
def test_many_panels_and_many_conditions_can_be_drawn(make_run, tmp_path):
    for data in "abcd":
        for i in range(9):
            make_run(f"strategy_{i}", 0, {10: 0.5, 20: 0.6}, folder=f"{data}{i}", data={"name": data})
    assert len(write_report([tmp_path / "runs"], tmp_path / "out").panels) == 4


@pytest.mark.slow
def test_a_single_budget_can_be_drawn(make_run, tmp_path):
    make_run("random", 0, {10: 0.5})
    write_report([tmp_path / "runs"], tmp_path / "out")


def test_errors_leave_an_older_report_alone(sweep, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("old")
    for run in sweep.iterdir():
        (run / "config.yaml").write_text("")
    with pytest.raises(AlsegError, match=r"no run can be read: .*config\.yaml: should hold settings .* and 5 more"):
        write_report([sweep], out)
    assert [p.name for p in out.iterdir()] == ["report.html"]


@pytest.mark.slow
def test_a_damaged_run_is_named_everywhere_and_in_the_exit_code(sweep, tmp_path, capsys):
    """Without seed 2 of entropy, 0.62 and 0.72, the mean of the others at 10 and 20 labels is 0.605 and 0.705."""
    arguments = [str(sweep), "--out", str(tmp_path / "out"), "--no-runs"]
    assert main(arguments) == 0  # runs that failed or are not finished are no damage
    (sweep / "entropy-2" / "config.yaml").write_text("")
    assert main(arguments) == 1
    says = f"{sweep / 'entropy-2' / 'config.yaml'}: should hold settings (key: value), but is empty"
    assert says in capsys.readouterr().out.replace("\n", "")
    assert says in Page((tmp_path / "out" / "report.html").read_text()).text
    table = (tmp_path / "out" / "table.md").read_text()
    assert says in table.replace("\\", "")
    assert "0.605" in table
    assert "0.705" in table
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "1 it is written, but something could not be read" in " ".join(capsys.readouterr().out.split())


@pytest.mark.slow
def test_names_that_are_no_text_do_not_end_the_report(make_run, tmp_path):
    """A folder may be called by bytes that are no UTF-8."""
    make_run("random", 0)
    odd = os.fsdecode(os.fsencode(tmp_path / "runs") + b"/odd\xff\n")
    make_run("random", 1).rename(odd)
    Path(odd, "config.yaml").write_text("")
    make_run("entropy", 1, status="FAILED").rename(odd + "2")
    report = write_report([tmp_path / "runs"], tmp_path / "out")
    assert "odd\\udcff /config.yaml" in (tmp_path / "out" / "report.html").read_text()
    assert "odd\\udcff" in text_of(report)


@pytest.mark.slow
def test_out_that_is_a_file(sweep, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(RunFolderError, match="cannot be written"):
        write_report([sweep], tmp_path / "out")


def test_empty_input(tmp_path):
    with pytest.raises(RunFolderError, match="no run found"):
        write_report([tmp_path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_ranks_over_three_data_sets(make_run, tmp_path):
    for data in "abc":
        for i, strategy in enumerate(("random", "entropy", "bald")):
            for seed in (0, 1):
                curve = {10: 0.5 + i / 10 + seed / 50, 20: 0.6 + i / 10}
                make_run(strategy, seed, curve, folder=f"{data}{strategy}{seed}", data={"name": data})
    report = write_report([tmp_path / "runs"], tmp_path / "out")
    assert {"ranks.png", "ranks.svg"} <= {path.name for path in report.files}
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Friedman test over 3 data sets and 3 conditions" in page
    assert "lowest mean rank: bald 1.00" in page


@pytest.mark.slow
def test_metric_and_control_are_asked_for_on_the_command_line(sweep, tmp_path, capsys):
    out = tmp_path / "out"
    assert (
        alseg(["report", str(sweep), "--out", str(out), "--no-runs", "--metric", "hd95", "--control", "entropy"]) == 0
    )
    table = (out / "table.md").read_text()
    assert "HD95 (mm) on the test set" in table
    assert "At 20 − entropy" in table
    lines = list(csv.DictReader((out / "comparisons.csv").open()))
    assert {
        (r["ours"], r["control"], r["role"]) for r in lines if (r["family"], r["metric"]) == ("control", "test/dice")
    } == {("random", "entropy", "exploratory")}
    assert alseg(["report", str(sweep), "--out", str(out), "--metric", "assd"]) == 2
    assert "--metric assd: no run measured it; there is dice, hd95_mm" in capsys.readouterr().err
