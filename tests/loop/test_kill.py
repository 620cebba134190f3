"""A run that is killed with SIGKILL at random moments ends as if nobody had touched it."""

import random
import time
from pathlib import Path

import pytest

from tests.helpers.forked import Forked
from tests.helpers.later_oracles import CASES
from tests.helpers.loop_runs import decisions
from tests.helpers.run_process import phase, write_config

PHASES = ("cold_start", "annotate", "train", "evaluate", "scan", "select")
KILLS_PER_PHASE = 2


def begin(folder: Path) -> Forked:
    return Forked("tests.helpers.kill_parts:work", [str(folder)])


def to_its_end(process: Forked) -> None:
    assert process.wait(120) == 0


@pytest.mark.slow
def test_sigkill_at_random_moments_of_every_phase(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        write_config(folder, steps=12, checkpoint_minutes=0.001)
    to_its_end(begin(whole))

    lot = random.Random(0)
    wanted = dict.fromkeys(PHASES, KILLS_PER_PHASE)
    kills: list[str] = []
    while any(wanted.values()):
        process = begin(killed)
        deadline = time.monotonic() + 60
        # Wait until the process is in a phase that still has to be hit, and kill it at a random moment of that phase.
        while process.poll() is None and not ((killed / "ledger.jsonl").exists() and wanted.get(phase(killed))):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(lot.uniform(0, 0.15))
        if process.poll() is not None:
            break
        hit = phase(killed)
        process.kill()
        process.wait()
        kills.append(hit)
        wanted[hit] = max(0, wanted.get(hit, 0) - 1)
    if not (killed / "DONE").exists():
        to_its_end(begin(killed))

    assert len(kills) >= 10
    assert set(kills) >= set(PHASES)
    assert decisions(killed) == decisions(whole)
    assert [p.name for p in killed.rglob("*.tmp")] == []


def live_run(folder: Path) -> Path:
    """The same run, with people in the place of the simulated annotator."""
    text = (write_config(folder, steps=4) / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("kill_parts.SlowOracle, name: slow", "kill_parts.SlowLetterbox"))
    return folder


def unanswered(folder: Path) -> list[str]:
    """What people have been asked for and have not answered, as far as the run has presented it."""
    if not (folder / "letterbox").is_dir():
        return []
    shown = [id_ for _, id_ in CASES["letterbox"].shown(folder)]
    return [id_ for id_ in shown if not (folder / "letterbox" / f"{id_}.answer").exists()]


def answer(folder: Path, ids: list[str]) -> None:
    for id_ in ids:
        (folder / "letterbox" / f"{id_}.answer").write_text("me")


@pytest.mark.slow
def test_sigkill_at_random_moments_while_people_answer(tmp_path):
    whole, killed = live_run(tmp_path / "whole"), live_run(tmp_path / "killed")
    lot, kills = random.Random(0), 0
    while not (killed / "DONE").exists():
        process = begin(killed)
        if kills < 6:
            time.sleep(lot.uniform(0.1, 0.9))
            kills += process.poll() is None
            process.kill()
            process.wait()
            answer(killed, unanswered(killed)[:1])
        else:
            to_its_end(process)
            answer(killed, unanswered(killed))
    while not (whole / "DONE").exists():
        to_its_end(begin(whole))
        answer(whole, unanswered(whole))
    assert kills >= 5
    assert decisions(killed) == decisions(whole)
    shown = CASES["letterbox"].shown(killed)
    assert len(shown) == len(set(shown)) == 10
