"""A run that is killed with SIGKILL at random moments ends as if nobody had touched it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from alseg.runs.ledger import Ledger
from tests.loop.test_training import training

# The real thing end to end, as small as it gets. Phases that take a millisecond are stretched, so that kills hit them.
CONFIG = """
name: kill
seed: 0
run_dir: null
data: {{_target_: tests.helpers.kill_parts.discs, name: discs}}
split: {{test: 0.2, val: 0.1, val_per_initial: 5}}
budget: {{name: b, initial: 4, query: 3, rounds: 3}}
learner: {{_target_: tests.helpers.kill_parts.SlowLearner, name: tiny}}
strategy:
  _target_: alseg.strategy.Strategy
  name: slow_entropy
  acquisition: {{_target_: tests.helpers.kill_parts.SlowEntropy}}
  selector: {{_target_: tests.helpers.kill_parts.SlowTop}}
cold_start:
  _target_: alseg.strategy.Strategy
  name: slow_random
  acquisition: null
  selector: {{_target_: tests.helpers.kill_parts.SlowRandom}}
embedding: {{_target_: alseg.embeddings.pixels.Pixels, name: pixels}}
map: {{name: none}}
reduction: {{}}
oracle: {{_target_: tests.helpers.kill_parts.SlowOracle, name: slow}}
stopping: {{}}
logger: {{_target_: alseg.tracking.tracker.Tracker, name: csv}}
trainer:
{trainer}
"""

PHASES = ("cold_start", "annotate", "train", "evaluate", "scan", "select")
KILLS_PER_PHASE = 2


def start(folder: Path) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "alseg.loop.job", str(folder)], env=environment, stderr=subprocess.PIPE
    )


def write_config(folder: Path, **trainer: object) -> Path:
    folder.mkdir()
    settings = OmegaConf.to_yaml(OmegaConf.structured(training(**trainer).config))
    indented = "\n".join(f"  {line}" for line in settings.splitlines())
    (folder / "config.yaml").write_text(CONFIG.format(trainer=indented))
    return folder


def phase(folder: Path) -> str:
    state = folder / "state.json"
    return json.loads(state.read_text())["phase"] if state.exists() else "cold_start"


def decisions(folder: Path) -> list[dict[str, object]]:
    return Ledger(folder / "ledger.jsonl", writable=False).decisions()


@pytest.mark.slow
def test_sigkill_at_random_moments_of_every_phase(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        write_config(folder, steps=12, checkpoint_minutes=0.001)
    process = start(whole)
    assert process.wait(timeout=120) == 0, process.stderr and process.stderr.read().decode()

    lot = random.Random(0)
    wanted = dict.fromkeys(PHASES, KILLS_PER_PHASE)
    kills: list[str] = []
    while any(wanted.values()):
        process = start(killed)
        deadline = time.monotonic() + 60
        # Wait until the process is in a phase that still has to be hit, and kill it at a random moment of that phase.
        while process.poll() is None and not ((killed / "ledger.jsonl").exists() and wanted.get(phase(killed))):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(lot.uniform(0, 0.15))
        if process.poll() is not None:
            break
        hit = phase(killed)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills.append(hit)
        wanted[hit] = max(0, wanted.get(hit, 0) - 1)
    if not (killed / "DONE").exists():
        process = start(killed)
        assert process.wait(timeout=120) == 0, process.stderr and process.stderr.read().decode()

    assert len(kills) >= 10
    assert set(kills) >= set(PHASES)
    assert decisions(killed) == decisions(whole)
    assert [p.name for p in killed.rglob("*.tmp")] == []
