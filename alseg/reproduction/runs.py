"""Finished runs as one table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from alseg.errors import RunFolderError
from alseg.files import atomic
from alseg.report.read.history import with_history
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder


def read(folders: Iterable[Path], describe: Callable[[Mapping[str, Any]], dict[str, Any]]) -> pd.DataFrame:
    """One row per round of each finished run, with what ``describe`` says of its config and its seed.

    Raises:
        RunFolderError: if none of them is finished, or settings that count have changed on the way of one.
    """
    tables = []
    for run in map(RunFolder, folders):
        if run.done.exists():
            config = yaml.safe_load(run.config.read_text(encoding="utf-8"))
            if with_history(config, Ledger(run.ledger, writable=False).events) != config:
                raise RunFolderError(
                    f"{run.path}: its queries changed on the way, so it is no run of this experiment; remove it"
                )
            tables.append(pd.read_csv(run.metrics).assign(**describe(config), seed=config["seed"]))
    if not tables:
        raise RunFolderError("none of the runs is finished")
    return pd.concat(tables, ignore_index=True)


def save(rows: pd.DataFrame, file: Path, first: Sequence[str], classes: Collection[str] = ()) -> None:
    """Write the rows, ``first`` in front, without times, and of the metrics of single classes with ``classes`` alone."""
    kept = [
        name
        for name in map(str, rows)
        if name in classes
        or not (
            name in first or name.startswith(("seconds_", "val/dice_", "test/dice_", "val/recall_", "test/recall_"))
        )
    ]
    table = rows.sort_values([*first, "round"], kind="stable")[[*first, *kept]]
    with atomic(file) as temporary:
        table.round(5).to_csv(temporary, index=False)
