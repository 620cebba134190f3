"""The primary metric on each stratum of the test set, out of the values of single images that a run leaves in every round."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.errors import DataError
from alseg.files import text_of_cell
from alseg.report.read.read_runs import Run
from alseg.report.statistics.estimates import Curve, Estimate, band, by_budget
from alseg.report.statistics.panels import Panel
from alseg.report.statistics.picked import codes_of, metadata_of, strata_of
from alseg.report.statistics.strata import Strata


@dataclass(frozen=True)
class Stratified:
    """One metric by one column on one data set.

    Args:
        strata: of the column.
        metric: ``test/dice`` or ``test/accuracy``; empty where no run kept values of single images.
        curves: stratum to condition to seed to curve.
        of_run: numbers of test images by condition, seed and stratum.
        without: the runs that kept no values of single images, or no metadata.
        problems: names the files that could not be read.
    """

    strata: Strata
    metric: str
    curves: Mapping[str, Mapping[str, Mapping[int, Curve]]]
    of_run: Mapping[tuple[str, int, str], int]
    without: tuple[Run, ...] = ()
    problems: tuple[str, ...] = ()

    def means(self, stratum: str, label: str) -> dict[int, Estimate]:
        """Budget to mean over seeds."""
        return by_budget(self.curves.get(stratum, {}).get(label, {}))

    def band(self, stratum: str, label: str) -> dict[int, tuple[float, float]]:
        """Budget to what is drawn around the mean."""
        return band(self.curves.get(stratum, {}).get(label, {}), self.means(stratum, label))


def stratified(panel: Panel, column: str) -> Stratified:
    """The metric of every condition on every stratum; computed once."""
    return panel.once(f"stratified/{column}", lambda: _stratified(panel, strata_of(panel, column)))


def _stratified(panel: Panel, found: Strata) -> Stratified:
    curves: dict[str, dict[str, dict[int, dict[int, float]]]] = {name: {} for name in found.names}
    images: dict[tuple[str, int, str], int] = {}
    metrics: dict[str, None] = {}
    without, problems = [], []
    for row in panel.rows:
        for seed, run in row.runs.items():
            table = metadata_of(panel).of(run)
            if table is None or found.column not in table:
                without.append(run)
                continue
            counts: NDArray[np.int64] | None = None
            for budget, path in _rounds(run):
                try:
                    ids, metric, values = read_values(path)
                except DataError as error:
                    problems.append(str(error))
                    continue
                codes = _codes(codes_of(panel, table, found.column), table, ids)
                metrics[metric] = None
                counts = np.bincount(codes[codes >= 0], minlength=len(found.names))
                for name, value in zip(found.names, means_of(values, codes, len(found.names))):
                    if not math.isnan(value):
                        curves[name].setdefault(row.label, {}).setdefault(seed, {})[budget] = value
            if counts is None:
                without.append(run)
            else:
                images |= {(row.label, seed, name): n for name, n in zip(found.names, counts.tolist())}
    return Stratified(found, next(iter(metrics), ""), curves, images, tuple(without), tuple(problems))


def read_values(path: Path) -> tuple[list[str], str, NDArray[np.float64]]:
    """Read ``cases.csv``: N ids, the metric, and ``(N, K)`` values whose means over images, then over K, are the metric.

    K are the foreground classes of a segmentation, whose value is NaN where neither prediction nor truth shows the class. In
    a classification K is 1: whether the class is right.

    Raises:
        DataError: if it cannot be read.
    """
    try:
        table = pd.read_csv(
            path, dtype={"id": str, "true": str, "predicted": str}, keep_default_na=False, na_values=[""]
        )
        ids = [text_of_cell(id_) for id_ in table["id"].astype(str)]
        if "true" in table:
            return ids, "test/accuracy", (table["true"] == table["predicted"]).to_numpy().astype(np.float64)[:, None]
        names = [name for name in table.columns if name.startswith("dice_")] or ["dice"]
        return ids, "test/dice", table[names].astype(float).to_numpy()
    except (OSError, ValueError, KeyError, pd.errors.ParserError) as error:
        raise DataError(f"{path}: cannot be read as values of test images ({' '.join(str(error).split())})") from error


def means_of(values: NDArray[np.float64], codes: NDArray[np.intp], n: int) -> list[float]:
    """For each of n strata the mean of ``(N, K)`` values over its images, then over K, as `SegmentationMetrics` does."""
    found = []
    for stratum in range(n):
        here = values[codes == stratum]
        known = ~np.isnan(here)
        per_class = [float(here[known[:, k], k].mean()) for k in range(here.shape[1]) if known[:, k].any()]
        found.append(float(np.mean(per_class)) if per_class else math.nan)
    return found


def _rounds(run: Run) -> list[tuple[int, Path]]:
    """Budget and file of each evaluated round that left one; of two rounds with one budget the later counts."""
    pairs = zip(run.metrics["round"].tolist(), run.metrics["n_labelled"].tolist())
    return list(_existing((int(b), run.path / "rounds" / f"{int(r):02d}" / "cases.csv") for r, b in pairs))


def _existing(files: Iterable[tuple[int, Path]]) -> Iterable[tuple[int, Path]]:
    return ((budget, path) for budget, path in files if path.is_file())


def _codes(codes: NDArray[np.intp], table: pd.DataFrame, ids: list[str]) -> NDArray[np.intp]:
    rows = table.index.get_indexer(pd.Index(ids, dtype=object))
    return np.where(rows >= 0, codes[rows], -1)
