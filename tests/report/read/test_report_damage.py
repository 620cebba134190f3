"""One bad folder or file costs itself: all other runs are reported as if it were not there, and it is named with its reason.

Everywhere the same sweep: random with seeds 0 and 1 reaches 0.5 and 0.7 at 10 labels, so 0.6 in the mean; the bad run would add
a seed 2 of 0.9, with which the mean would be 0.7.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from alseg.errors import RunFolderError
from alseg.report.pages.left_out import left_out
from alseg.report.pages.markdown import markdown
from alseg.report.pages.page import html
from alseg.report.read.damaged import Unread
from alseg.report.read.read_runs import read_run, read_runs
from alseg.report.statistics.panels import Report, build


def put(name: str, text: str | bytes) -> Callable[[Path], None]:
    """Overwrite a file of the bad run."""
    return lambda run: (run / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def folder_for(name: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / name).unlink()
        (run / name).mkdir()

    return change


def link_for(name: str, goal: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / name).unlink()
        (run / name).symlink_to(goal)

    return change


def in_events(kind: str, **fields: object) -> Callable[[Path], None]:
    """Other fields in the last event of a kind."""

    def change(run: Path) -> None:
        events = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
        next(event for event in reversed(events) if event["event"] == kind).update(fields)
        (run / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))

    return change


def without_lines(*numbers: int) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        lines = (run / "ledger.jsonl").read_text().splitlines()
        kept = [line for i, line in enumerate(lines) if i not in {n % len(lines) for n in numbers}]
        (run / "ledger.jsonl").write_text("\n".join(kept) + "\n")

    return change


def cut(name: str, share: float) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        content = (run / name).read_bytes()
        (run / name).write_bytes(content[: int(len(content) * share)])

    return change


def seeded(text: str) -> Callable[[Path], None]:
    return lambda run: (run / "config.yaml").write_text(
        (run / "config.yaml").read_text().replace("seed: 2", f"seed: {text}")
    )


DEEP = "[" * 5000
BOMB = "seed: 2\na0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
)
FAULTS: list[tuple[str, Callable[[Path], None], str]] = [
    ("empty config", put("config.yaml", ""), "config.yaml: should hold settings (key: value), but is empty"),
    ("no config", lambda run: (run / "config.yaml").unlink(), "there is a ledger.jsonl but no config.yaml"),
    ("a list for settings", put("config.yaml", "- 1\n"), "config.yaml: should hold settings"),
    ("no YAML", put("config.yaml", "seed: ["), "config.yaml: cannot be read as YAML"),
    ("no UTF-8", put("config.yaml", b"seed: 2\nname: \xff\n"), "config.yaml: is no UTF-8 text"),
    ("text for a seed", seeded("two"), "seed should be a whole number from 0, not 'two'"),
    ("a quoted seed", seeded("'2'"), "seed should be a whole number from 0, not '2'"),
    ("a negative seed", seeded("-2"), "seed should be a whole number from 0, not -2"),
    ("another seed", seeded("1234"), "ledger.jsonl: it is of seed 2, and config.yaml says 1234"),
    ("settings in a circle", put("config.yaml", "seed: 2\na: &a {b: *a}\n"), "config.yaml: holds what is no setting"),
    ("settings without end", put("config.yaml", BOMB), "more than 50,000 values"),
    ("settings too deep", put("config.yaml", f"seed: 2\na: {DEEP}"), "config.yaml: cannot be read as YAML"),
    ("a target that is a number", put("config.yaml", "seed: 2\ndata: {_target_: 3}\n"), "_target_ is 3, not a name"),
    ("a folder for settings", folder_for("config.yaml"), "config.yaml: not a file"),
    ("a link to nowhere", link_for("config.yaml", "gone"), "config.yaml: there is no such file"),
    ("links in a circle", link_for("ledger.jsonl", "ledger.jsonl"), "ledger.jsonl: "),
    ("a folder for a ledger", folder_for("ledger.jsonl"), "ledger.jsonl: not a file"),
    ("a cut ledger", cut("ledger.jsonl", 0.5), "is no ledger event"),
    ("a ledger without its end", without_lines(-1), "ledger.jsonl: its last events are missing"),
    ("a ledger without its start", without_lines(0), "ledger.jsonl: the event started is missing"),
    ("a ledger without a round", without_lines(8), "ledger.jsonl: the event evaluated of round 1 is missing"),
    ("a ledger without an answer", without_lines(6), "ledger.jsonl: the event annotated of round 1 is missing"),
    ("a number for an event", put("ledger.jsonl", "3\n"), "line 1 is no ledger event (it is 3)"),
    ("a ledger too deep", put("ledger.jsonl", DEEP), "line 1 is no ledger event"),
    ("half of a pair", in_events("queried", ids=["\ud800"]), "is no ledger event"),
    ("text in scores", in_events("queried", scores=["high"]), "scores should be numbers, not ['high']"),
    ("scores of others", in_events("queried", scores=[1, 2]), "scores should be as many as ids, not 2"),
    ("an endless score", in_events("queried", scores=[1e400]), "scores should be numbers"),
    ("text for a metric", in_events("evaluated", metrics={"test/dice": "good"}), "metrics should be numbers by name"),
    ("NaN for a metric", in_events("evaluated", metrics={"test/dice": float("nan")}), "metrics should be numbers by name"),
    ("a huge number", in_events("evaluated", metrics={"test/dice": 10**400}), "metrics should be numbers by name"),
    ("part of a label", in_events("evaluated", n_labelled=2.5), "n_labelled should be a whole number, not 2.5"),
    ("a round before the first", in_events("evaluated", round=-1), "round should be a whole number, not -1"),
    ("no time", in_events("evaluated", time="noon"), "time should be a time, not 'noon'"),
    ("a nameless metric", in_events("evaluated", described=[{"title": "x"}]), "described should be descriptions of metrics"),
    ("never tested", lambda run: untested(run), "no test/ column holds a number, so there is no result"),
    ("no reason", lambda run: ((run / "DONE").unlink(), (run / "FAILED").mkdir()), "FAILED: not a file"),
]  # fmt: skip


def untested(run: Path) -> None:
    text = (run / "ledger.jsonl").read_text()
    (run / "ledger.jsonl").write_text(text.replace("test/dice", "val/iou"))


@pytest.fixture
def sweep(make_run, tmp_path):
    for seed, value in ((0, 0.5), (1, 0.7)):
        make_run("random", seed, {10: value, 20: value})
    bad = make_run("random", 2, {10: 0.9, 20: 0.9}, folder="bad\nrun")
    in_events("started", seed=2)(bad)
    return tmp_path / "runs", bad


def mean(report: Report) -> tuple[float, int]:
    """Of random at 10 labels, and over how many seeds."""
    found = report.panels[0].results("test/dice")[0].by_budget[10]
    return round(found.mean, 9), found.n


def reported(path: Path) -> tuple[Report, list[Unread]]:
    unread: list[Unread] = []
    return build(read_runs([path], unread)), unread


def test_the_sweep_when_nothing_is_damaged(sweep):
    report, unread = reported(sweep[0])
    assert (mean(report), unread) == ((0.7, 3), [])


@pytest.mark.slow
@pytest.mark.parametrize(("change", "says"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_damaged_run_costs_itself_alone(sweep, change, says):
    path, bad = sweep
    change(bad)
    report, unread = reported(path)
    assert mean(report) == (0.6, 2)
    assert len(unread) == 1
    assert str(unread[0].path).startswith(str(bad))
    assert says in unread[0].line
    assert "\n" not in unread[0].line
    assert len(unread[0].line) < 600
    with pytest.raises(RunFolderError, match="no run can be read: "):
        read_runs([bad])


@pytest.mark.slow
def test_the_page_and_markdown_name_what_is_left_out(sweep):
    from dataclasses import replace

    path, bad = sweep
    cut("ledger.jsonl", 0.5)(bad)
    report, unread = reported(path)
    report = replace(report, unread=tuple(unread))
    assert left_out(report) == unread
    for text in (html(report), markdown(report).replace("\\", "")):
        assert "Left out" in text
        assert "bad run/ledger.jsonl: line" in text
    assert "1 that could not be read, named below" in html(report)


def test_an_edited_copy_is_not_believed_and_named(sweep):
    """By the ledger Dice is 0.9; a person wrote 85.3 into metrics.csv."""
    path, bad = sweep
    copy = bad / "metrics.csv"
    copy.write_text(copy.read_text().replace("0.9,0.9\n1", "0.9,85.3\n1"))
    report, (one,) = reported(path)
    assert mean(report) == (0.7, 3)
    assert one.path == copy
    assert one.reason == "it says test/dice 85.3 in round 0, the ledger 0.9; the values of the ledger count"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read as CSV (it is empty)"),
        ("round,n_labelled,test/dice\n0,10,good\n", "column test/dice should hold numbers, not 'good'"),
        ("round,n_labelled\n0\n", "line 2 has 1 cells, the header 2"),
        ("round,n_labelled,n_labelled\n", "a column is there twice"),
        ("round,n_labelled,cost,val/dice,test/dice\n0,10,10,0.9,0.9\n", "it has 1 rounds, the ledger 2"),
        ("round,n_labelled,cost,val/dice,test/dice,test/x\n", "column test/x is not in the ledger"),
        ("round,n_labelled,cost,val/dice\n", "column test/dice is in the ledger alone"),
    ],
)
def test_a_broken_copy_costs_nothing(sweep, text, says):
    path, bad = sweep
    (bad / "metrics.csv").write_text(text)
    report, (one,) = reported(path)
    assert mean(report) == (0.7, 3)
    assert one.reason == f"{says}; the values of the ledger count"


def test_a_run_without_its_copy_counts(sweep):
    path, bad = sweep
    (bad / "metrics.csv").unlink()
    assert (mean(reported(path)[0]), reported(path)[1]) == ((0.7, 3), [])


def test_values_that_no_ledger_holds_are_taken_from_the_copy(sweep):
    path, bad = sweep
    without_lines(*(i for i in range(10) if i % 4 == 0))(bad)  # started and the evaluations
    run = read_run(bad)
    assert run.copied
    assert run.metrics["test/dice"].tolist() == [0.9, 0.9]
    assert not any(run.copied for run in read_runs([path]) if run.path != bad)
    (bad / "metrics.csv").write_text("round,n_labelled,test/dice\n0,10.5,0.9\n")
    assert "column n_labelled should hold whole numbers" in reported(path)[1][0].line


def test_of_a_run_under_way_a_last_line_without_end_is_no_event(sweep):
    _, bad = sweep
    (bad / "DONE").unlink()
    without_lines(-1)(bad)
    (bad / "ledger.jsonl").write_text((bad / "ledger.jsonl").read_text() + '{"event": "evaluated", "roun')
    (bad / "metrics.csv").unlink()
    run = read_run(bad)
    assert (run.status, run.metrics["test/dice"].tolist()) == ("unfinished", [0.9, 0.9])


def test_a_folder_that_may_not_be_entered_is_named(make_run):
    """As another user, for nothing is refused to the administrator."""
    with tempfile.TemporaryDirectory() as temporary:
        from tests.helpers.run_files import run_maker

        for seed in (0, 1):
            run_maker(Path(temporary))("random", seed)
        for folder in (Path(temporary), Path(temporary) / "runs"):
            folder.chmod(0o755)
        closed = Path(temporary) / "runs" / "random-1"
        for rights in (0o000, 0o444):  # neither listed nor entered; listed alone
            closed.chmod(rights)
            unread: list[Unread] = []
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)
            try:
                runs = read_runs([Path(temporary)], unread)
            finally:
                os.seteuid(user)
                closed.chmod(0o755)
            assert [run.seed for run in runs] == [0]
            assert len(unread) == 1
            assert unread[0].line.startswith(str(closed))
            assert "Permission denied" in unread[0].line
