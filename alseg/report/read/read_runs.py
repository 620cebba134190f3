"""Read run folders. Nothing else in alseg is needed for this, so old runs stay readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from alseg.errors import RunFolderError
from alseg.report.read.config import read_config
from alseg.report.read.damaged import DAMAGE, DamagedError, Unread, file_bytes, one_line
from alseg.report.read.decisions import Decisions, read_decisions
from alseg.report.read.folders import CONFIG, run_folders
from alseg.report.read.history import with_history
from alseg.report.read.metrics import differing, of_csv, of_ledger
from alseg.report.read.provenance import Start, read_starts

Status = Literal["finished", "failed", "unfinished"]
NAMED = 3
"""So many reasons stand in the error that no run could be read."""


@dataclass(frozen=True)
class Run:
    """One run folder.

    Args:
        path: the folder, as it was found below the path the user gave.
        status: ``finished`` (DONE), ``failed`` (FAILED) or ``unfinished`` (neither: still running, or killed).
        seed: the seed of the run; comparisons are paired on it.
        config: the resolved configuration.
        metrics: one row per round; all columns are numbers, empty cells are NaN.
        cost: what all annotations cost together in seconds, NaN where the run does not say.
        reason: last line of the traceback of a failed run.
        decisions: what the ledger says.
        starts: when and where it was started or went on; none of earlier versions.
        copied: whether the metrics are those of ``metrics.csv``, for want of values in the ledger.
        unread: files of the folder that were not believed, although the run counts.
    """

    path: Path
    status: Status
    seed: int
    config: Mapping[str, Any]
    metrics: pd.DataFrame
    cost: float
    reason: str = ""
    decisions: Decisions = field(default_factory=Decisions)
    starts: tuple[Start, ...] = ()
    copied: bool = False
    unread: tuple[Unread, ...] = ()


def read_runs(paths: Sequence[Path], unread: list[Unread] | None = None) -> list[Run]:
    """All runs at or below ``paths``, sorted by folder; a run that is reached twice counts once.

    Args:
        paths: run folders, or folders that hold some.
        unread: is added to: what cannot be read, each with its reason. Without it the first of them is an error.

    Raises:
        RunFolderError: if a path does not exist, or no run below any of them can be read.
    """
    left: list[Unread] = []
    runs: list[Run] = []
    for folder in run_folders(paths, left):
        try:
            run = read_run(folder)
        except DamagedError as error:
            left.append(error.unread)
        else:
            runs.append(run)
            left += run.unread
    left.sort(key=lambda one: one.path)
    if left and (unread is None or not runs):
        raise RunFolderError(f"no run can be read: {_named(left)}" if not runs else left[0].line)
    if not runs:
        where = ", ".join(str(p) for p in paths) or "nothing (no path given)"
        raise RunFolderError(f"no run found in {where}: a run folder holds {CONFIG} and metrics.csv or ledger.jsonl")
    if unread is not None:
        unread += left
    return runs


def _named(left: Sequence[Unread]) -> str:
    more = f"; and {len(left) - NAMED} more" if len(left) > NAMED else ""
    return "; ".join(one.line for one in left[:NAMED]) + more


def read_run(folder: Path) -> Run:
    """Read one run folder; a run that is not finished may lack rows or hold a half-written last line.

    Raises:
        DamagedError: if the settings or the ledger are missing or broken, or the metrics where no ledger holds them.
    """
    try:
        return _read_run(folder)
    except DamagedError:
        raise
    except DAMAGE as error:  # a folder that may be listed and not entered
        raise DamagedError(folder, f"cannot be read ({getattr(error, 'strerror', None) or one_line(error)})") from error


def _read_run(folder: Path) -> Run:
    status: Status = "unfinished"
    if (folder / "DONE").exists():
        status = "finished"
    elif (folder / "FAILED").exists():
        status = "failed"
    finished = status == "finished"
    config = read_config(folder / CONFIG)
    ledger, copy = folder / "ledger.jsonl", folder / "metrics.csv"
    decisions = read_decisions(ledger, finished=finished)
    _check_seed(ledger, decisions, config["seed"])
    config = with_history(config, decisions.changes)
    unread = [differing(copy, decisions.rows, finished)] if decisions.rows else []
    starts, odd = read_starts(folder)
    copied = not decisions.rows and (finished or copy.is_file())
    metrics = of_csv(copy) if copied else of_ledger(decisions.rows)
    tested = [name for name in metrics.columns if name.startswith("test/")]
    if finished and decisions.test != 0 and not metrics[tested].notna().any(axis=None):
        raise DamagedError(copy if copied else ledger, "no test/ column holds a number, so there is no result")
    cost = decisions.cost
    if cost is None:
        costs = metrics["cost"].dropna() if "cost" in metrics else pd.Series(dtype=float)
        cost = float(costs.iloc[-1]) if len(costs) else float("nan")
    return Run(
        folder,
        status,
        config["seed"],
        config,
        metrics,
        cost,
        _last_line(folder / "FAILED") if status == "failed" else "",
        decisions,
        starts,
        copied,
        tuple(one for one in (*unread, odd) if one is not None),
    )


def _check_seed(ledger: Path, decisions: Decisions, seed: int) -> None:
    """Pairing goes by the seed: where someone has edited the settings, the run is that of another one."""
    if decisions.seed is not None and decisions.seed != seed:
        raise DamagedError(ledger, f"it is of seed {decisions.seed}, and {CONFIG} says {seed}")


def _last_line(path: Path) -> str:
    text = file_bytes(path).decode("utf-8", "replace")
    return next((one_line(line) for line in reversed(text.splitlines()) if line.strip()), "")
