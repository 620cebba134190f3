"""Carotid intima-media thickness (CIMT) in run folders: how well do the predictions of a condition agree with the truth?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from alseg.files import text_of_cell
from alseg.metrics.agreement import Agreement, agreement
from alseg.report.read.damaged import DAMAGE, DamagedError, Unread, file_text, one_line
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Panel

UM = 1000.0
THICKEST = 1e6
"""In µm."""
NEEDED = ("group", "reference_mm", "predicted_mm")


@dataclass(frozen=True)
class Measured:
    """One condition at one budget, all seeds together.

    Args:
        label: the condition.
        budget: how many images were annotated; the same for all seeds.
        pairs: a line per test image and seed: ``seed``, ``group``, ``reference`` and ``predicted`` in µm, NaN where
            there is none.
        agreement: of the pairs, in µm. Its intervals come from drawing groups (patients), each with its images of all
            seeds, by a generator that starts alike for every condition.
    """

    label: str
    budget: int
    pairs: pd.DataFrame
    agreement: Agreement


def measurements(panel: Panel) -> tuple[Measured, ...]:
    """Of every condition that measured the wall thickness, at the last budget that all runs share; computed once.

    Where they share none, at the last budget that all seeds of the condition share.
    """

    def measure() -> tuple[Measured, ...]:
        budget = panel.shared[-1] if panel.shared else None
        found = (measured(row.label, row.runs, budget, unread_of(panel)) for row in panel.rows)
        return tuple(one for one in found if one is not None)

    return panel.once("thickness", measure)


def unread_of(panel: Panel) -> list[Unread]:
    """The files that `measurements` of the panel should have read, and that are broken."""
    return panel.once("thickness: unread", list)


def measured(label: str, runs: Mapping[int, Run], budget: int | None, unread: list[Unread]) -> Measured | None:
    """Read ``rounds/NN/cimt.csv`` of the round that ended with ``budget`` images (None: the last that all runs share).

    Args:
        label: of the condition.
        runs: of it, by seed.
        budget: annotated images.
        unread: is added to: files that are broken, which the agreement then lacks.

    Returns:
        None where no run measured a thickness there.
    """
    if budget is None:
        common = set.intersection(*({int(b) for b in run.metrics["n_labelled"]} for run in runs.values()))
        if not common:
            return None
        budget = max(common)
    tables = [_read(run, seed, budget, unread) for seed, run in runs.items()]
    found = [table for table in tables if table is not None]
    if not found:
        return None
    pairs = pd.concat(found, ignore_index=True)
    numbers = pairs["predicted"].to_numpy(), pairs["reference"].to_numpy()
    return Measured(label, budget, pairs, agreement(*numbers, pairs["group"].tolist(), rng=np.random.default_rng(0)))


def _read(run: Run, seed: int, budget: int, unread: list[Unread]) -> pd.DataFrame | None:
    rounds = run.metrics.loc[run.metrics["n_labelled"] == budget, "round"]
    if rounds.empty:
        return None
    path = run.path / "rounds" / f"{int(rounds.iloc[-1]):02d}" / "cimt.csv"  # of two rounds the later counts
    if not os.path.lexists(path):
        return None
    try:
        return _pairs(path, seed)
    except DamagedError as error:
        unread.append(Unread(path, f"{error.unread.reason}; the agreement of the wall thickness is without this run"))
        return None


def _pairs(path: Path, seed: int) -> pd.DataFrame:
    text = file_text(path)
    try:
        table = pd.read_csv(
            StringIO(text), dtype={"group": str}, keep_default_na=False, na_values={c: [""] for c in NEEDED[1:]}
        )
        lengths = {name: UM * table[f"{name}_mm"].astype(float) for name in ("reference", "predicted")}
        pairs = pd.DataFrame({"seed": seed, "group": table["group"].map(text_of_cell, na_action="ignore"), **lengths})
    except KeyError as error:
        raise DamagedError(path, f"column {error.args[0]} is missing; it needs {', '.join(NEEDED)}") from error
    except DAMAGE as error:
        raise DamagedError(path, f"cannot be read as CSV ({one_line(error)})") from error
    if (pairs[["reference", "predicted"]].abs() > THICKEST).any(axis=None):
        raise DamagedError(path, "a thickness is infinite, or above a metre")
    return pairs
