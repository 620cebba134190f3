"""Runs of the controls: simulated settings side by side, and the repair of labels as runs of alseg."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timezone
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import torch

from alseg import children
from alseg.errors import AlsegError
from alseg.files import write_text
from alseg.loop.job import quiet_libraries
from alseg.reproduction.runs import read
from alseg.simulation.blocks import simulated
from experiments.controls.settings import SETTINGS, strategy

REPAIR = (
    "data=folder data.where={site:montgomery} data.size=32 budget.initial=40 budget.rounds=1 strategy=random "
    "oracle=partial oracle.share=0.6 callbacks=[label_quality] "
    "trainer.steps=150 trainer.batch_size=4 trainer.unlabelled_batch_size=4 trainer.accelerator=cpu logger=csv map=none worst=0 "
    "name=repair seed=0,1,2,3,4"
)
LEARNERS = {
    "unrepaired": "learner=sequal_unrefined",
    "repaired": "learner=sequal learner.refine.confidence=0.6 learner.refine.times=3 learner.refine.earliest=0.2 "
    "learner.refine.at_latest=0.3",
}
"""What the rows are called, to the learner."""
COLUMNS = (
    "setting",
    "strategy",
    "seed",
    "round",
    "n_labelled",
    "test/accuracy",
    "test/balanced_accuracy",
    "test/dice",
    "test/dice/rare",
    "labelled/rare",
)


def run(data: Path, folder: Path, workers: int, names: Sequence[str] = (*SETTINGS, "repair")) -> pd.DataFrame:
    """Rows of all controls; what lies in the folder is not run again.

    Args:
        data: the folder of the data sets.
        folder: keeps blocks of seeds, runs, and what they cost.
        workers: processes; settings are dealt to them.
        names: of the settings.
    """
    some = [name for name in names if name in SETTINGS]
    if workers == 1:
        tables = [simulate(name, data, folder) for name in some]
    else:
        with ProcessPoolExecutor(workers, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
            tables = list(pool.map(partial(simulate, data=data, folder=folder), some))
    if "repair" in names:
        tables.append(repair(data, folder))
    rows = pd.concat(tables, ignore_index=True)
    return rows[[name for name in COLUMNS if name in rows]]


def simulate(name: str, data: Path, folder: Path) -> pd.DataFrame:
    """Rows of a simulated setting."""
    quiet_libraries()
    one = SETTINGS[name]
    with _Cost(folder / "cost" / f"{name}.json"):
        setting = one.make(data)
        strategies = {each: strategy(each, setting) for each in one.strategies}
        return simulated(setting, strategies, range(one.seeds), folder / "simulated")


def repair(data: Path, folder: Path) -> pd.DataFrame:
    """Rows of the same labels, repaired and not, by runs of alseg."""
    tables = []
    with _Cost(folder / "cost" / "repair.json", cpu=False):
        for name, learner in LEARNERS.items():
            sweep = folder / "repair" / name
            command = [*REPAIR.split(), f"data.root={data / 'chest_xray'}", *learner.split(), f"run_dir={sweep}"]
            if code := children.run([sys.executable, "-m", "alseg", "run", "-m", *command]):
                raise AlsegError(f"alseg run -m {' '.join(command)}: it ended with exit code {code}")
            done = sorted(path.parent for path in sweep.glob("**/DONE"))
            tables.append(read(done, lambda _, name=name: {"setting": "repair", "strategy": name}))  # type: ignore[misc]
    return pd.concat(tables, ignore_index=True)


class _Cost:
    """Writes the seconds of a block, the machine and the date beside the results, the first time."""

    def __init__(self, file: Path, cpu: bool = True) -> None:
        self.file, self.cpu = file, cpu

    def __enter__(self) -> None:
        self.wall, self.process = time.monotonic(), time.process_time()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and not self.file.exists():
            seconds = {
                "wall": time.monotonic() - self.wall,
                "cpu": time.process_time() - self.process if self.cpu else None,
            }
            about = {"machine": machine(), "date": f"{datetime.now(timezone.utc):%Y-%m-%d}"}
            write_text(self.file, json.dumps(seconds | about))


def machine() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def cost(folder: Path) -> pd.DataFrame:
    """A line per setting: what it took when it was run, on which machine, and when."""
    found = {
        file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted((folder / "cost").glob("*.json"))
    }
    lines = [
        {
            "setting": name,
            "seconds": round(one["wall"]),
            "CPU-seconds": None if one["cpu"] is None else round(one["cpu"]),
            "machine": one["machine"],
            "date": one["date"],
        }
        for name, one in found.items()
    ]
    return pd.DataFrame(lines).astype({"CPU-seconds": "Int64"})
