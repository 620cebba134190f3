"""``alseg status``: every kind of run folder, read and not touched."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from alseg.cli import main
from alseg.commands import status as command
from alseg.runs.arrivals import is_newer
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State
from alseg.runs.waiting import Waiting

LETTERBOX = {"_target_": "tests.helpers.later_oracles.Letterbox", "enough": 1.0}


@pytest.fixture
def waiting(tmp_path):
    """A run that waits, two of whose three images have been answered, as it knows."""
    run = RunFolder(tmp_path / "run")
    (run.path / "letterbox").mkdir(parents=True)
    config = {"budget": {"rounds": 3}, "oracle": LETTERBOX, "primary_metric": {"segmentation": "dice"}}
    run.config.write_text(OmegaConf.to_yaml(OmegaConf.create(config)))
    run.provenance.write_text('{"command": "alseg run oracle=mine"}\n')
    ledger = Ledger(run.ledger)
    ledger.record("started", 0, seed=0)
    ledger.record("queried", 0, ids=["a", "b"], strategy="random", groups=["1", "2"], seconds={})
    ledger.record("annotated", 0, ids=["a"], refused=["b"], cost=[120.0], annotator="people")
    ledger.record("trained", 0, seconds={})
    metrics = {"val/dice": 0.5, "test/dice": 0.81234, "test/iou": 0.7}
    ledger.record("evaluated", 0, n_labelled=1, cost=120.0, metrics=metrics, seconds={})
    ledger.record("queried", 1, ids=["c", "d", "e"], strategy="entropy", groups=["1", "2", "3"], seconds={})
    run.save_state(State(1, "annotate"))
    for id_ in "cd":
        (run.path / "letterbox" / f"{id_}.answer").touch()
    time.sleep(0.01)
    looked = "2126-01-01T00:00:00.000+00:00"
    waits = Waiting(1, "2026-11-30T14:03:59.100+00:00", 3, 2, 0, where="the letterbox", looked=looked, seen=2)
    run.save_waiting(waits)
    return run


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def shown(capsys, path, *flags):
    code = main(["status", str(path), *flags])
    return code, capsys.readouterr().out


def test_a_run_that_waits_says_what_for_and_what_to_do_and_stays_as_it_is(waiting, capsys):
    before = listing(waiting.path)
    code, text = shown(capsys, waiting.path)
    assert code == 0
    assert text.splitlines() == [
        f"{waiting.path}: waiting for annotations",
        "  round 1 of 3 (they count from 0), phase annotate",
        "  1 image labelled, 1 refused, 3 asked for and open, 120 s (2 min) of annotation",
        "  round 0: val/dice 0.500, test/dice 0.812",
        "  Round 1 waits for 1 of its 3 images, asked for on 2026-11-30 14:03 UTC: 2 of 3 answers are there. They are awaited "
        "in the letterbox. The same command takes up what is there, and goes on once all are answered or refused; with "
        "--proceed it goes on with what is there, and the rest may come later.",
        "  2 of 3 answers have arrived by now; the run last looked on 2126-01-01 00:00 UTC",
        "  next: annotate, then: alseg run oracle=mine",
    ]
    assert listing(waiting.path) == before


def test_an_answer_that_the_run_could_not_take_is_told_apart_from_one_that_it_has_not_seen(waiting, capsys):
    (waiting.path / "letterbox" / "e.answer").touch()
    waiting.save_waiting(replace(waiting.load_waiting(), seen=3))
    _, text = shown(capsys, waiting.path)
    assert (
        "3 of 3 answers have arrived by now; the run last looked on 2126-01-01 00:00 UTC, and could not take 1 of them"
        in text
    )
    assert "next: mend the answers that could not be taken, then: alseg run oracle=mine" in text


def test_what_arrives_is_seen_at_once(waiting, capsys):
    (waiting.path / "letterbox" / "e.answer").touch()
    _, text = shown(capsys, waiting.path)
    assert "3 of 3 answers have arrived by now" in text
    assert "next: take up what has arrived: alseg run oracle=mine" in text
    code, text = shown(capsys, waiting.path, "--watch", "--every", "0.01")
    assert code == 0
    assert "3 of 3 answers" in text


def test_watch_waits_for_an_answer(waiting, capsys):
    def later():
        time.sleep(0.1)
        (waiting.path / "letterbox" / "e.answer").touch()

    thread = threading.Thread(target=later)
    thread.start()
    start = time.monotonic()
    code, _ = shown(capsys, waiting.path, "--watch", "--every", "0.01")
    thread.join()
    assert code == 0
    assert time.monotonic() - start >= 0.1


def test_watch_sees_a_corrected_file_but_not_a_faulty_one_that_the_run_saw(waiting, capsys, tmp_path):
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / "c.png").touch()
    now = "2026-11-30T14:03:59.100+00:00"
    held = waiting.load_waiting().record() | {"answered": 1, "where": str(answers), "looked": now}
    os.utime(answers / "c.png", (0, 0))
    waiting.save_waiting(Waiting.read(held))
    assert is_newer(waiting.load_waiting(), 2)  # the folder's own times are of today
    future = Waiting.read(held | {"looked": "2126-01-01T00:00:00.000+00:00"})
    assert not is_newer(future, 2)
    assert is_newer(future, 3)
    assert not is_newer(future, None)


def test_a_file_of_a_clock_that_is_ahead_is_no_news_for_ever(waiting, tmp_path):
    """A loop of status and run would never rest."""
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / "c.png").touch()
    for path in (answers / "c.png", answers):
        os.utime(path, (time.time() + 3600,) * 2)
    time.sleep(0.01)
    looked = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    held = waiting.load_waiting().record() | {"where": str(answers), "looked": looked}
    assert not is_newer(Waiting.read(held), 2)


def test_every_folder_is_looked_at_where_answers_are_awaited(waiting, tmp_path):
    """Also one whose name holds the word that joins them."""
    for name in ("ann", "bob", "a and b"):
        (tmp_path / name).mkdir()
    looked = {"looked": "2026-11-30T14:03:59.100+00:00"}
    for where in (f"{tmp_path / 'gone'} and {tmp_path / 'bob'}", str(tmp_path / "a and b")):
        assert is_newer(Waiting.read(waiting.load_waiting().record() | looked | {"where": where}), None)


def test_a_run_that_is_done_has_nothing_more_to_come(waiting, capsys):
    Ledger(waiting.ledger).record("finished", 1, reason="all 3 rounds done")
    waiting.save_state(State(1, "done"))
    waiting.done.touch()
    code, text = shown(capsys, waiting.path)
    assert (code, text.splitlines()[0]) == (0, f"{waiting.path}: done: all 3 rounds done")
    assert "a larger budget.rounds goes on from here" in text
    assert shown(capsys, waiting.path, "--watch")[0] == 3


def test_a_run_that_failed_says_why(waiting, capsys):
    waiting.failed.write_text("Traceback\n  ...\nValueError: no\n")
    code, text = shown(capsys, waiting.path)
    assert (code, text.splitlines()[0]) == (1, f"{waiting.path}: failed: ValueError: no")
    assert "next: mend what it says, then: alseg run oracle=mine" in text
    assert shown(capsys, waiting.path, "--watch")[0] == 1


def test_an_interrupted_run_and_one_that_has_just_begun(waiting, capsys, tmp_path):
    waiting.save_state(State(1, "train"))
    code, text = shown(capsys, waiting.path)
    assert (code, text.splitlines()[0]) == (0, f"{waiting.path}: interrupted")
    assert "next: go on: alseg run oracle=mine" in text
    run = RunFolder(tmp_path / "new")
    run.path.mkdir()
    run.config.write_text("budget: {rounds: 2}\n")
    code, text = shown(capsys, run.path)
    assert code == 0
    assert "no model is trained and evaluated yet" in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ledger.jsonl", "{}\n", "line 1 is no event"),
        ("ledger.jsonl", "nonsense\n", "line 1 is not JSON"),
        ("ledger.jsonl", '{"event": "annotated", "round": 0}\n', "it cannot be read"),
        ("state.json", "{", "state.json: it does not hold a phase"),
        ("config.yaml", "a: [", "config.yaml: it cannot be read"),
    ],
)
def test_a_damaged_folder_is_told_and_left_alone(waiting, capsys, name, content, message):
    (waiting.path / name).write_text(content)
    before = listing(waiting.path)
    code, text = shown(capsys, waiting.path)
    assert code == 1
    assert text.startswith(f"{waiting.path}: damaged: ")
    assert message in text
    assert "restore the file" in text
    assert listing(waiting.path) == before


def test_a_damaged_note_on_what_is_awaited_only_costs_the_note(waiting, capsys):
    (waiting.path / "awaiting.json").write_text('{"round": "x"}')
    code, text = shown(capsys, waiting.path)
    assert code == 0
    assert "phase annotate" in text


def test_no_run_there(tmp_path, capsys):
    assert main(["status", str(tmp_path)]) == 2
    assert main(["status", str(tmp_path / "nowhere")]) == 2
    assert "there is no run in this folder" in capsys.readouterr().err


def test_several_runs_have_a_line_each(waiting, tmp_path, capsys):
    code, text = shown(capsys, tmp_path)
    assert code == 0
    assert text == f"{waiting.path}: waiting, round 1: 2 of 3 answers are there (1 labelled)\n"
    assert main(["status", str(tmp_path), "--watch"]) == 2


@pytest.mark.slow
def test_a_run_at_work_is_running_and_a_killed_one_is_not(waiting, capsys):
    code = "import sys, time; from alseg.runs.run_folder import RunFolder; from pathlib import Path\n"
    code += "with RunFolder(Path(sys.argv[1])).lock():\n    print('locked', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code, str(waiting.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "locked\n"
        _, text = shown(capsys, waiting.path)
        assert text.splitlines()[0] == f"{waiting.path}: running, process {process.pid}"
    finally:
        process.kill()
        process.wait()
    assert (waiting.path / ".lock.pid").exists()
    _, text = shown(capsys, waiting.path)
    assert text.splitlines()[0] == f"{waiting.path}: waiting for annotations"


def test_an_oracle_that_cannot_tell_does_no_harm(waiting, capsys):
    for target in ("alseg.oracles.simulated.Simulated", "nowhere.Nothing"):
        config = OmegaConf.load(waiting.config)
        config.oracle = {"_target_": target}
        waiting.config.write_text(OmegaConf.to_yaml(config))
        _, text = shown(capsys, waiting.path)
        assert "by now" not in text
        assert "2 of 3 answers are there" in text


def test_the_help_tells_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["status", "--help"])
    assert "3 with --watch: the run is done" in capsys.readouterr().out
    assert command.DONE == 3
