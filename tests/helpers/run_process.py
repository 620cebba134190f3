"""A run in processes of its own."""

import json
import os
import socket
from pathlib import Path

from omegaconf import OmegaConf

from tests.helpers.fits import training
from tests.helpers.forked import Forked

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
worst: 8
callbacks:
  thickness: {{_target_: alseg.callbacks.thickness.WallThickness}}
  worst_cases: {{_target_: alseg.callbacks.worst_cases.WorstCases, worst: "${{worst}}"}}
  label_quality: {{_target_: alseg.callbacks.label_quality.LabelQuality}}
  query_scores: {{_target_: alseg.callbacks.query_scores.QueryScores}}
  query_thumbnails: {{_target_: alseg.callbacks.query_thumbnails.QueryThumbnails}}
  map: {{_target_: alseg.callbacks.map.PoolMapPage}}
logger: {{_target_: alseg.tracking.tracker.Tracker, name: csv}}
trainer:
{trainer}
"""


def run_on_ranks(folder: Path, number: int = 2) -> None:
    """Go through the run of a folder with so many processes, as torchrun starts them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    group = {"WORLD_SIZE": str(number), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    ranks = []
    for rank in range(number):
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank)}
        ranks.append(Forked("alseg.loop.job:go_as_rank", [str(folder)], os.environ | group | place))
    outputs = [rank.communicate(200)[0] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0] * number, outputs


def write_config(folder: Path, **trainer: object) -> Path:
    folder.mkdir()
    settings = OmegaConf.to_yaml(OmegaConf.structured(training(**trainer).config))
    indented = "\n".join(f"  {line}" for line in settings.splitlines())
    (folder / "config.yaml").write_text(CONFIG.format(trainer=indented))
    return folder


def phase(folder: Path) -> str:
    state = folder / "state.json"
    return json.loads(state.read_text())["phase"] if state.exists() else "cold_start"
