"""Hostile run folders, manifests, checkpoints, answers and names: nothing is executed, nothing outside is read or written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.campaign import hostile_files, hostile_names
from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.samples import make_runs
from benchmarks.campaign.traps import Trap
from benchmarks.campaign.watch import Watch

CASES = hostile_files.CASES | hostile_names.CASES


def outcomes(folder: Path, trials: range, seed: int) -> Iterator[Outcome]:
    """Lay the traps, each in a folder of its own; more trials than there are begin anew."""
    names, watch, runs = [*CASES], Watch(), make_runs(folder / "runs")
    for place in trials:
        name = names[(place + seed) % len(names)]
        where = folder / f"{place:04d}"
        fault = CASES[name](Trap(where, watch), runs)
        if fault is None:
            shutil.rmtree(where)
        yield Outcome(name.partition(":")[0], name, fault)


PART = Part("nothing hostile is executed, and nothing outside is read or written", len(CASES), outcomes)
