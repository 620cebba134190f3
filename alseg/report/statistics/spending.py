"""Cost of labels: seconds of annotation and of waiting for queries, beside the number of labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alseg.report.read.read_runs import Run

QUERY = ("seconds_scan", "seconds_select")


@dataclass(frozen=True)
class Spent:
    """Means over the seeds of one condition, up to the moment when a budget was evaluated.

    Args:
        annotation: what all annotations so far cost, in the oracle's seconds; NaN where it was not recorded.
        query: seconds of wall time of all queries so far, scan and selection; those of round 0 are the cold start.
            NaN where they were not recorded.
        n: number of seeds that were evaluated there.
        n_annotation: how many of them recorded what annotation cost; the mean is over these.
        n_query: likewise, the time of queries.
    """

    annotation: float
    query: float
    n: int
    n_annotation: int
    n_query: int


def spent(runs: Mapping[int, Run]) -> dict[int, Spent]:
    """Budget to what it took, over the seeds that measured it. A round's row holds the query that came before it."""
    found: dict[int, list[tuple[float, float]]] = {}
    for run in runs.values():
        table = run.metrics
        cost = table["cost"].to_numpy(float) if "cost" in table else np.full(len(table), np.nan)
        here = [name for name in QUERY if name in table]
        seconds = table[here].to_numpy(float) if here else np.full((len(table), 1), np.nan)
        query = np.cumsum(np.nansum(seconds, axis=1)) if np.isfinite(seconds).any() else np.full(len(table), np.nan)
        one = {int(b): (float(c), float(q)) for b, c, q in zip(table["n_labelled"], cost, query)}
        for budget, pair in one.items():
            found.setdefault(budget, []).append(pair)
    return {budget: _mean(pairs) for budget, pairs in sorted(found.items())}


def _mean(pairs: list[tuple[float, float]]) -> Spent:
    kept = [[v for v in side if np.isfinite(v)] for side in zip(*pairs)]
    annotation, query = (float(np.mean(side)) if side else float("nan") for side in kept)
    return Spent(annotation, query, len(pairs), *(len(side) for side in kept))
