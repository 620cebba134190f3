"""Find run folders and read them. Nothing else in alseg is needed for this, so old runs stay readable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml

from alseg.errors import DataError, RunFolderError
from alseg.report.read.decisions import Decisions, read_decisions

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as `yaml.safe_load`, ten times as fast where libyaml is there."""

Status = Literal["finished", "failed", "unfinished"]


@dataclass(frozen=True)
class Run:
    """One run folder.

    Args:
        path: the folder, as it was found below the path the user gave.
        status: ``finished`` (DONE), ``failed`` (FAILED) or ``unfinished`` (neither: still running, or killed).
        seed: the seed of the run; comparisons are paired on it.
        config: the resolved configuration.
        metrics: one row per round; all columns are numbers, empty cells are NaN.
        cost: what all annotations cost together, NaN where the run does not say.
        reason: last line of the traceback of a failed run.
        decisions: what the ledger says.
    """

    path: Path
    status: Status
    seed: int
    config: Mapping[str, Any]
    metrics: pd.DataFrame
    cost: float
    reason: str = ""
    decisions: Decisions = field(default_factory=Decisions)


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """All runs at or below ``paths``, sorted by folder; a run that is reached twice counts once.

    Raises:
        RunFolderError: if a path does not exist, or there is no run below any of them.
        DataError: if a run folder cannot be read.
    """
    folders: dict[Path, Path] = {}
    for path in paths:
        for folder in _run_folders(path):
            folders.setdefault(folder.resolve(), folder)
    if not folders:
        where = ", ".join(str(p) for p in paths) or "nothing (no path given)"
        raise RunFolderError(f"no run found in {where}: a run folder holds config.yaml and metrics.csv or ledger.jsonl")
    return [read_run(folder) for folder in sorted(folders.values())]


def _run_folders(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        raise RunFolderError(f"{path}: no such folder; give run folders or folders that hold them")
    for place, folders, files in os.walk(path):
        folders.sort()
        if "ledger.jsonl" in files and "config.yaml" not in files:
            raise RunFolderError(f"{place}: there is a ledger.jsonl but no config.yaml, so its settings are unknown")
        if "config.yaml" in files and ("metrics.csv" in files or "ledger.jsonl" in files):
            folders.clear()  # what lies in a run folder (rounds, loggers) is no run of its own
            yield Path(place)


def read_run(folder: Path) -> Run:
    """Read one run folder; a run that is not finished may lack rows or hold a half-written last line.

    Raises:
        DataError: if a file is missing or broken.
    """
    status: Status = "unfinished"
    if (folder / "DONE").exists():
        status = "finished"
    elif (folder / "FAILED").exists():
        status = "failed"
    config = _config(folder / "config.yaml")
    try:
        metrics, decisions = _metrics(folder / "metrics.csv"), read_decisions(folder / "ledger.jsonl")
    except DataError:
        if status == "finished":
            raise
        metrics, decisions = pd.DataFrame({"round": [], "n_labelled": []}), Decisions()
    cost = decisions.cost
    if cost is None:
        costs = metrics["cost"].dropna() if "cost" in metrics else pd.Series(dtype=float)
        cost = float(costs.iloc[-1]) if len(costs) else float("nan")
    reason = _last_line(folder / "FAILED") if status == "failed" else ""
    return Run(folder, status, config["seed"], config, metrics, cost, reason, decisions)


def _config(path: Path) -> dict[str, Any]:
    try:
        config = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DataError(f"{path}: cannot be read as YAML ({_one_line(error)})") from error
    if not isinstance(config, dict):
        raise DataError(f"{path}: should hold settings (key: value), but holds {type(config).__name__}")
    if type(config.get("seed")) is not int:
        raise DataError(f"{path}: seed should be a whole number, not {config.get('seed')!r}; runs are paired on it")
    return config


def _metrics(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as CSV ({_one_line(error)})") from error
    for needed in ("round", "n_labelled"):
        if needed not in table:
            raise DataError(f"{path}: column {needed} is missing")
    if table.empty:
        raise DataError(f"{path}: holds no round")
    try:
        table = table.astype(float)
    except (TypeError, ValueError):
        table = _column_by_column(table, path)
    infinite = np.isinf(table.to_numpy()).any(axis=0)
    if infinite.any():
        raise DataError(f"{path}: column {table.columns[infinite][0]} holds an infinite value")
    if table[["round", "n_labelled"]].isna().any(axis=None):
        raise DataError(f"{path}: a row lacks its round or n_labelled")
    if table["round"].duplicated().any():
        raise DataError(f"{path}: round {table.loc[table['round'].duplicated(), 'round'].iloc[0]:.0f} appears twice")
    return table.sort_values("round", ignore_index=True)


def _column_by_column(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    for column in table.columns:
        try:
            table[column] = pd.to_numeric(table[column]).astype(float)
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}: column {column} should hold numbers ({_one_line(error)})") from error
    return table


def _last_line(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
