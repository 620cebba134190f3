"""A sweep that is killed on the way ends as if nobody had touched it, and two at once do no run twice."""

import os
import re
import signal
from pathlib import Path

import pandas as pd
import pytest

from alseg.cli import main
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from tests.helpers.command_line import TINY
from tests.helpers.sweeping import decisions, done, ledgers, start, sweep, trained_rounds, wait_for

RUNS = [*TINY, "strategy=random,entropy,k_center"]
TIMES = {"query_seconds"}
"""The columns of a report's tables that are measured with a clock."""


def tables(sweep_folder: Path, out: Path) -> dict[str, str]:
    """The CSV tables of a sweep's report, without the columns that hold times."""
    assert main(["report", str(sweep_folder), "--out", str(out)]) == 0
    texts = {}
    for path in sorted(out.glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        texts[path.name] = table.drop(columns=[c for c in table if c in TIMES]).to_csv(index=False)
        if not TIMES & set(table):
            texts[path.name] = path.read_text()
    return texts


def contents(folders: set[Path]) -> dict[Path, bytes]:
    return {folder: (folder / "ledger.jsonl").read_bytes() for folder in folders}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_sweep_that_is_killed_twice_ends_with_the_same_report(tmp_path):
    whole, killed = tmp_path / "whole" / "sweep", tmp_path / "killed" / "sweep"
    code, output = sweep(*RUNS, f"run_dir={whole}")
    assert code == 0, output
    assert "3 runs done, 0 failed" in output

    finished: dict[Path, bytes] = {}
    for kill in (1, 2):
        process = start(*RUNS, f"run_dir={killed}")
        # In the middle of a run: its first round is trained, and it is not done.
        wait_for(lambda kill=kill: under_way(killed) and len(done(killed)) >= kill, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert len(done(killed)) < 3
        assert contents(set(finished)) == finished
        finished = contents(done(killed))
    code, output = sweep(*RUNS, f"run_dir={killed}")
    assert code == 0, output
    assert "3 runs done, 0 failed" in output

    assert contents(set(finished)) == finished  # what was done was not done again
    assert trained_rounds(killed) == {run: [0, 1] for run in trained_rounds(whole)}
    assert all(len(list(ledger.of("started"))) == 1 for ledger in ledgers(killed).values())
    assert 3 <= beginnings(killed) <= 3 + 2  # each kill broke off one run at most
    assert decisions(killed) == decisions(whole)
    assert [path.name for path in killed.rglob("*.tmp")] == []
    assert list((killed / ".sweep").iterdir()) == []
    theirs = tables(whole, tmp_path / "whole" / "report")
    assert tables(killed, tmp_path / "killed" / "report") == theirs
    assert {"curves.csv", "comparisons.csv", "penalty.csv", "costs.csv"} <= set(theirs)


def beginnings(folder: Path) -> int:
    """How often a process has begun or gone on with a run."""
    logs = [path.read_text() for path in folder.rglob("run.log")]
    return sum(len(re.findall(r"INFO alseg: run \d+ \(", log)) - log.count("is done already") for log in logs)


def under_way(folder: Path) -> bool:
    """Whether a run has trained a round and is not done."""
    paths = (path for path in folder.rglob("ledger.jsonl") if not (path.parent / "DONE").exists())
    return any(Ledger(path, writable=False).find("trained", 0) for path in paths)


@pytest.mark.slow
def test_two_sweeps_over_the_same_folder_share_the_work(tmp_path):
    runs = [*TINY, "strategy=random,entropy", f"run_dir={tmp_path}"]
    both = [start(*runs) for _ in range(2)]
    outputs = [process.communicate(timeout=600)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert all("2 runs done, 0 failed" in output for output in outputs)
    assert len(done(tmp_path)) == 2
    assert list(trained_rounds(tmp_path).values()) == [[0, 1]] * 2
    logs = [path.read_text() for path in tmp_path.rglob("run.log")]
    assert [log.count("round 1 ·") for log in logs] == [1] * 2


@pytest.mark.slow
def test_a_run_in_use_is_waited_for_and_then_run(tmp_path, monkeypatch, capfd):
    """One process that holds the folder of a run until the sweep has passed it by."""
    from alseg.commands import run as command

    arguments = [
        "run",
        "-m",
        *[o for o in TINY if "initial" not in o],
        "strategy=random",
        "seed=0",
        f"run_dir={tmp_path / 'sweep'}",
    ]
    arguments.append("budget.initial=30")  # more than there are: it fails before it trains
    assert main(arguments) == 1
    (failed,) = failures(capfd.readouterr().out)
    folder = Path(failed)
    assert not folder.exists()  # it had not begun
    folder.mkdir(parents=True)
    held = RunFolder(folder).lock()
    held.__enter__()
    assert RunFolder(folder).in_use()
    waits: list[float] = []

    def release(seconds: float) -> None:
        assert not waits, "it goes on waiting"
        waits.append(seconds)
        held.__exit__(None, None, None)

    monkeypatch.setattr(command.time, "sleep", release)
    assert main(arguments) == 1
    assert waits == [command.LOOK_EVERY]
    assert failures(capfd.readouterr().out) == [failed]


def failures(output: str) -> list[str]:
    """Run folders that the report of a sweep names as failed."""
    return re.findall(r"^  (/.*?): ", output, flags=re.MULTILINE)
