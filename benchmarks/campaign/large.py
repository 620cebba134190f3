"""Many runs in one folder, and many images in one pool: what they take, and that they come to an end."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from alseg.cli import main
from benchmarks.campaign.answered import Answer
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.samples import SMALL
from tests.helpers.forked import Forked
from tests.helpers.run_files import run_maker

RUNS, STRATEGIES = 1000, 10
ROWS, FILES, SIDE = 200_000, 500, 16
MEMORY = 8000.0
"""MiB that a command may take."""


def measured(arguments: Sequence[str], into: str) -> int:
    """Be the program; CPU-seconds and the peak of memory in MiB go into a file."""
    sys.argv = ["alseg", *arguments]
    began = time.process_time()
    try:
        return main(arguments)
    finally:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        Path(into).write_text(json.dumps([time.process_time() - began, peak]), encoding="utf-8")


def _take(folder: Path, what: str, commands: Sequence[Sequence[str]]) -> Iterator[Outcome]:
    for command in commands:
        into = folder / "measured.json"
        environment = os.environ | {"OMP_NUM_THREADS": "1", "ALSEG_CACHE": str(folder / "cache")}
        process = Forked("benchmarks.campaign.large:measured", [command, str(into)], environment)
        said, _ = process.communicate(3000)
        seconds, peak = json.loads(into.read_text(encoding="utf-8"))
        fault = Answer(process.returncode, said, 0.0).fault([])
        fault = fault or (None if process.returncode == 0 else f"exit code {process.returncode}: {said[-400:]}")
        fault = fault or (None if peak < MEMORY else f"{peak:.0f} MiB of memory")
        name = " ".join(command[:2]) if command[0] == "data" else command[0]
        yield Outcome(what, name, fault, note=f"{name}: {seconds:.0f} CPU-seconds, {peak:.0f} MiB")


def _thousand_runs(folder: Path) -> Iterator[Outcome]:
    make = run_maker(folder)
    for number in range(RUNS):
        strategy, seed = number % STRATEGIES, number // STRATEGIES
        final = 0.6 + strategy / 100 + np.random.default_rng(number).normal(0, 0.02)
        make("random" if strategy == 0 else f"strategy{strategy}", seed, {10: 0.5, 20: 0.6, 30: float(final)})
    runs, out = str(folder / "runs"), str(folder / "report")
    yield from _take(folder, f"{RUNS:,} runs", [["report", runs, "--out", out]])


def _large_pool(folder: Path) -> Iterator[Outcome]:
    """Each of a few pictures has many names: a pool is as large by hard links."""
    rng, root = np.random.default_rng(0), folder / "images"
    root.mkdir()
    lines = ["id,image,label,group"]
    for number in range(ROWS):
        name, first = f"i{number:06d}", number % FILES
        path = root / f"{name}.png"
        if number < FILES:
            Image.fromarray(rng.integers(0, 128 + 127 * (number % 2), (SIDE, SIDE), dtype=np.uint8)).save(path)
        else:
            os.link(root / f"i{first:06d}.png", path)
        lines.append(f"{name},{path.name},{'ab'[first % 2]},g{number // 20}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = [*SMALL, "data=folder", f"data.root={root}", f"data.size={SIDE}", "learner=probe", "strategy=entropy"]
    settings += ["map=none", "budget.initial=50", "budget.query=50", f"run_dir={folder / 'run'}"]
    commands = [
        ["data", "check", str(root)],
        ["run", *settings],
        ["report", str(folder / "run"), "--out", str(folder / "report")],
    ]
    yield from _take(folder, f"a pool of {ROWS:,}", commands)


CASES: tuple[Callable[[Path], Iterator[Outcome]], ...] = (_thousand_runs, _large_pool)


def outcomes(folder: Path, trials: range, seed: int) -> Iterator[Outcome]:
    """Take both; what a case is made of counts as one trial each."""
    found = (outcome for place, case in enumerate(CASES) for outcome in case(_made(folder / f"{place}")))
    for place, outcome in enumerate(found):
        if place in trials:
            yield outcome


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


PART = Part(f"{RUNS:,} runs in one folder, and a pool of {ROWS:,} images", 4, outcomes)
