"""Scores of single answers as a table of a run keeps them, and what they say of the pools that were audited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.metrics.contributions import Contributions, of_classes, of_overlap
from alseg.metrics.pool_estimate import AuditedPool
from alseg.metrics.segmentation import SegmentationMetrics

FILE = "audit.csv"
COLUMNS = ("id", "unit", "group", "asked", "drawn", "rest", "new_group")
TEXT = ("id", "unit", "group", "true", "predicted")
PREFIX = "dice_"
METRICS = {"segmentation": ("dice",), "classification": ("accuracy", "balanced_accuracy")}


def scores(predicted: NDArray[Any], answers: NDArray[Any], dataset: Dataset) -> dict[str, list[Any]]:
    """Columns of n answers.

    Args:
        predicted: ``(n, H, W)`` or ``(n,)`` class ids.
        answers: those of the annotators, likewise; pixels of 255 are left out.
        dataset: names the classes.

    Returns:
        For segmentation ``dice_<class>``, NaN where neither side shows the class; else ``true`` and ``predicted``, names.
    """
    if dataset.task == "classification":
        names = dataset.classes
        return {"true": [names[i] for i in answers], "predicted": [names[i] for i in predicted]}
    meter = SegmentationMetrics(dataset.classes, dataset.unit, distances=False)
    meter.update(torch.from_numpy(predicted), torch.from_numpy(np.asarray(answers)), torch.ones(len(predicted), 2))
    dice = meter.dice[-1].double().numpy()
    return {f"{PREFIX}{name}": dice[:, i].tolist() for i, name in enumerate(dataset.classes[1:])}


def metrics_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Names of the metrics that a table of answers has."""
    return METRICS["classification" if "true" in table else "segmentation"]


def contributions(table: pd.DataFrame) -> dict[str, Contributions]:
    """Each answer's part in the metrics."""
    if "true" in table:
        names = sorted({*table["true"], *table["predicted"]})
        place = {name: i for i, name in enumerate(names)}
        predicted, true = (table[side].map(place).to_numpy(np.int64) for side in ("predicted", "true"))
        return of_classes(predicted, true, len(names))
    columns = [name for name in table.columns if str(name).startswith(PREFIX)]
    return of_overlap(table[columns].to_numpy(float))


def audited_pools(table: pd.DataFrame, metric: str) -> dict[int, AuditedPool]:
    """Pool of each query that asked for answers in the table, by its round.

    Args:
        table: a line per answer, as `COLUMNS` and `scores` have it: ``asked`` is the round of the query, ``drawn`` 1 for what was
            drawn at random, ``rest`` the number of units that this was drawn from, and ``unit`` an image, or its volume.
        metric: which.
    """
    each = contributions(table)[metric]
    found = {}
    for asked in sorted(table["asked"].unique()):
        here = (table["asked"] == asked).to_numpy()
        known, drawn = (_units(table, each, here & (table["drawn"].to_numpy() == side)) for side in (0, 1))
        found[int(asked)] = AuditedPool(known, drawn, int(table["rest"].to_numpy()[here][0]))
    return found


def _units(table: pd.DataFrame, each: Contributions, here: NDArray[np.bool_]) -> Contributions:
    names, of = np.unique(table["unit"].to_numpy(dtype=str)[here], return_inverse=True)
    return each.take(here).summed(of, len(names))


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of several."""
    some = [table for table in tables if len(table)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=[*COLUMNS])


def read_answers(path: Path) -> pd.DataFrame:
    """Table of a round, from its file.

    Raises:
        ValueError: if a column is missing, or holds something else than alseg writes.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = {*COLUMNS} - {*table.columns}
    if missing:
        raise ValueError(f"column {min(missing)} is missing")
    for name in {*table.columns} - {*TEXT}:
        cells = table[name] if name in COLUMNS else table[name].replace("", "nan")
        table[name] = cells.astype(int if name in COLUMNS else float)
    return table
