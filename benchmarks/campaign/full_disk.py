"""A disk that is full from some write on: one line that says so, nothing finished lost, and the same command goes on.

The disk is a small tmpfs of its own, filled up right before one of the changes that a command makes there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from alseg.commands.export_labels import FORMATS
from benchmarks.campaign.answered import Answer
from benchmarks.campaign.kills import decisions, is_done
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.samples import make_runs
from benchmarks.campaign.scenarios import SCENARIOS, make_data_sets
from tests.helpers.forked import Forked

SIZE = "96m"
WORDS = ("No space left", "free", "full")
"""One of which a line about a full disk holds."""


@contextmanager
def small_disk(folder: Path, options: str = f"size={SIZE}") -> Iterator[str | None]:
    """Mount a tmpfs at a folder while the block runs.

    Yields:
        None, or why there is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True
        )
        reason = mounted.stderr.strip() or "mount failed" if mounted.returncode else None
    except OSError as error:
        reason = str(error)
    try:
        yield reason
    finally:
        if reason is None:
            subprocess.run(["umount", folder], check=True)


@dataclass(frozen=True)
class Places:
    """Where everything lies: data sets, runs that are done or waiting, and the disk."""

    sets: Path
    runs: Path
    disk: Path

    def commands(self) -> dict[str, list[str]]:
        """What is tried, by name; everything that it writes lies on the disk."""
        probe = SCENARIOS["probe"]
        kinds = {name: SCENARIOS[name] for name in ("segmenter", "folder")} | {"probe": probe}
        kinds["sweep"] = replace(probe, settings=(*probe.settings, "seed=0,1"), sweep=True)
        runs = {name: kind.command(self.sets, self.disk / "run") for name, kind in kinds.items()}
        done, out = str(self.runs / "done"), str(self.disk / "out")
        images = str(self.runs / "scans")
        return runs | {
            "report": ["report", done, "--out", out],
            "map": ["map", done, "--out", out],
            "predict": ["predict", done, images, "--out", out],
            **{f"export {to}": ["export", done, "--to", to, "--out", f"{out}/Dataset501_scans"] for to in FORMATS},
            "export model": ["export", done, "--model", "safetensors", "--out", f"{out}/model.safetensors"],
            "data convert": ["data", "convert", images, "--to", out],
            "init": ["init", out],
        }


def _start(places: Places, name: str, number: int) -> tuple[Answer, int, str]:
    """Run a command whose disk is full before change ``number``: its answer, all changes, and the path of that change."""
    counted = places.sets.parent / "changes.json"
    counted.unlink(missing_ok=True)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ALSEG_CACHE": str(places.disk / "cache")}
    of = [places.commands()[name], str(places.disk), number, str(places.disk / "ballast"), str(counted)]
    process = Forked("benchmarks.campaign.mortal:disk_fills", of, environment)
    said, _ = process.communicate()
    changes, path, _ = json.loads(counted.read_text(encoding="utf-8")) if counted.exists() else (0, "?", 0.0)
    return Answer(process.returncode, said, 0.0), changes, path


def _clear(disk: Path) -> None:
    for path in disk.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _one(places: Places, name: str, whole: tuple[int, object], rng: np.random.Generator) -> Outcome:
    number = int(rng.integers(1, whole[0] + 1))
    answer, _, path = _start(places, name, number)
    how = f"change {number} of {whole[0]}, {Path(path).relative_to(places.disk) if path not in ('', '?') else path}"
    fault = answer.fault(WORDS) or (
        f"exit code {answer.code}: {answer.said[-300:]}" if answer.code not in (0, 1, 2) else None
    )
    if answer.code == 1 and name != "sweep":
        fault = fault or f"exit code 1: {answer.said[-300:]}"
    (places.disk / "ballast").unlink(missing_ok=True)
    if fault is None and answer.code:
        again, _, _ = _start(places, name, 0)
        if again.code != 0:
            fault = f"with room again, exit code {again.code}: {again.said[-600:]}"
        elif name in SCENARIOS and name != "folder" and not is_done(places.disk / "run"):
            fault = "with room again, it is not done"
        elif decisions(places.disk) != whole[1]:
            fault = "with room again, other decisions"
    return Outcome(name, f"{how}: exit code {answer.code}", fault)


def outcomes(folder: Path, trials: range, seed: int) -> Iterator[Outcome]:
    """Fill the disk before changes that are drawn, of all commands in turn."""
    disk = folder / "disk"
    with small_disk(disk) as reason:
        if reason is not None:
            yield from (Outcome("full disk", "", skipped=f"no tmpfs can be mounted here ({reason})") for _ in trials)
            return
        places = Places(make_data_sets(folder / "sets"), make_runs(folder / "runs"), disk)
        names, wholes = [*places.commands()], dict[str, tuple[int, object]]()
        for place in trials:
            name = names[place % len(names)]
            if name not in wholes:
                answer, changes, _ = _start(places, name, 0)
                assert answer.code == 0, answer.said
                wholes[name] = changes, decisions(disk)
                _clear(disk)
            yield _one(places, name, wholes[name], np.random.default_rng([seed, place]))
            _clear(disk)


PART = Part(
    "the disk is full from some write on: one line says so, and with room again the same command goes on", 130, outcomes
)
