"""``python -m experiments.audit.run --data DATA``: simulate the registered campaigns; blocks that are there are not run again."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from alseg.data.folder import load_folder
from alseg.embeddings.dataset import embed_dataset
from alseg.embeddings.timm_model import TimmModel
from alseg.files import atomic
from alseg.loop.job import quiet_libraries
from alseg.simulation.frozen import Frozen
from alseg.simulation.setting import Setting
from experiments.audit.campaigns import campaigns
from experiments.controls.settings import histology, nuclei, strategy

FOLDER = Path(__file__).parent
BLOCK = 25
"""Seeds that are simulated together."""


@dataclass(frozen=True)
class Plan:
    """Campaigns of one kind.

    Args:
        data: set of images, as `DATA` has it.
        budget: arguments of the setting.
        strategy: picks.
        seeds: number of campaigns.
        share: of every query that is drawn.
        whole: whether whole groups are asked for.
        first: the first seed.
    """

    data: str
    budget: Mapping[str, Any]
    strategy: str
    seeds: int
    share: float = 0.2
    whole: bool = False
    first: int = 1000


def colon_nuclei(data: Path) -> Frozen:
    """Single nuclei of 60 patients, by the packaged network's features at 32 x 32."""
    dataset = load_folder(data / "colon_nuclei", size=32)
    return Frozen(dataset, np.asarray(embed_dataset(TimmModel(size=32), dataset)))


DATA: Mapping[str, Callable[[Path], Setting]] = {
    "histology": lambda data: Setting("histology", histology(data), initial=25, query=25, rounds=7),
    "colon_nuclei": lambda data: Setting("colon_nuclei", colon_nuclei(data), initial=40, query=50, rounds=7),
    "nuclei": nuclei,
}
PLANS: Mapping[str, Plan] = {
    "histology_entropy": Plan("histology", {}, "entropy", 100),
    "histology_random": Plan("histology", {}, "random", 50),
    "colon_nuclei_margin": Plan("colon_nuclei", {}, "margin", 75),
    "colon_nuclei_patients": Plan("colon_nuclei", {"query": 5, "rounds": 5}, "margin", 50, 0.4, whole=True),
    "nuclei_entropy": Plan("nuclei", {"query": 20, "rounds": 6}, "entropy", 50),
    "histology_random_again": Plan("histology", {}, "random", 100, first=2000),
}


def run(data: Path, folder: Path) -> None:
    """Simulate what is missing, block by block, and keep the processor's seconds beside it."""
    quiet_libraries()
    torch.set_num_threads(1)
    made: dict[str, Setting] = {}
    for name, plan in PLANS.items():
        for first in range(plan.first, plan.first + plan.seeds, BLOCK):
            file = folder / name / f"{first}.csv"
            if file.exists():
                continue
            start = time.process_time()
            if plan.data not in made:
                made = {plan.data: DATA[plan.data](data)}
            setting = replace(made[plan.data], **plan.budget)
            redraws: list[dict[str, Any]] = []
            seeds = range(first, first + BLOCK)
            found = campaigns(setting, strategy(plan.strategy, setting), seeds, plan.share, plan.whole, redraws)
            lines = pd.DataFrame(found)
            _write(folder / name / f"{first}.redraws.csv", pd.DataFrame(redraws))
            _write(file, lines)
            seconds = round(time.process_time() - start, 1)
            with (folder / "seconds.jsonl").open("a", encoding="utf-8") as cost:
                cost.write(json.dumps({"plan": name, "first": first, "cpu_seconds": seconds}) + "\n")


def _write(file: Path, table: pd.DataFrame) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic(file) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.audit.run", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help="the folder of the data sets")
    parser.add_argument("--runs", type=Path, default=Path("runs/audit"), metavar="DIR", help="keeps what was run")
    options = parser.parse_args()
    run(options.data, options.runs)


if __name__ == "__main__":
    main()
