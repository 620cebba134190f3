"""Carotid intima-media thickness (CIMT) in run folders: how well do the predictions of a condition agree with the truth?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alseg.errors import DataError
from alseg.metrics.agreement import Agreement, agreement
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Panel

UM = 1000.0
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
        found = (measured(row.label, row.runs, budget) for row in panel.rows)
        return tuple(one for one in found if one is not None)

    return panel.once("thickness", measure)


def measured(label: str, runs: Mapping[int, Run], budget: int | None) -> Measured | None:
    """Read ``rounds/NN/cimt.csv`` of the round that ended with ``budget`` images (None: the last that all runs share).

    Returns:
        None where no run measured a thickness there.

    Raises:
        DataError: if such a file is broken.
    """
    if budget is None:
        common = set.intersection(*({int(b) for b in run.metrics["n_labelled"]} for run in runs.values()))
        if not common:
            return None
        budget = max(common)
    tables = [_read(run, seed, budget) for seed, run in runs.items()]
    found = [table for table in tables if table is not None]
    if not found:
        return None
    pairs = pd.concat(found, ignore_index=True)
    numbers = pairs["predicted"].to_numpy(), pairs["reference"].to_numpy()
    return Measured(label, budget, pairs, agreement(*numbers, pairs["group"].tolist(), rng=np.random.default_rng(0)))


def _read(run: Run, seed: int, budget: int) -> pd.DataFrame | None:
    rounds = run.metrics.loc[run.metrics["n_labelled"] == budget, "round"]
    if rounds.empty:
        return None
    path = run.path / "rounds" / f"{int(rounds.iloc[-1]):02d}" / "cimt.csv"  # of two rounds the later counts
    return _pairs(path, seed) if path.exists() else None


def _pairs(path: Path, seed: int) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype={"group": str}, keep_default_na=False, na_values={c: [""] for c in NEEDED[1:]})
        lengths = {name: UM * table[f"{name}_mm"].astype(float) for name in ("reference", "predicted")}
        pairs = pd.DataFrame({"seed": seed, "group": table["group"], **lengths})
    except KeyError as error:
        raise DataError(f"{path}: column {error.args[0]} is missing; it needs {', '.join(NEEDED)}") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as CSV ({' '.join(str(error).split())})") from error
    if np.isinf(pairs[["reference", "predicted"]].to_numpy()).any():
        raise DataError(f"{path}: a thickness is infinite")
    return pairs
