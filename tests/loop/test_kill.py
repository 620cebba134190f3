"""A run that is killed with SIGKILL at random moments ends as if nobody had touched it."""

import random
import time
from pathlib import Path

import pytest

from tests.helpers.forked import Forked
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
