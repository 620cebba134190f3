"""Audits of a run: how well its models did on what was left of the pool, and how its picks differ from the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from alseg.metrics.audit_rounds import Difference, as_it_was, picks_against_drawn, window
from alseg.metrics.audit_table import audited_pools, metrics_of
from alseg.metrics.pool_estimate import AuditedPool, PoolEstimate, pool_estimate
from alseg.report.grid import NOTHING
from alseg.report.read.audits import read_audit
from alseg.report.read.read_runs import Run

LEAST = 20
"""Drawn units that the running estimate goes back for, as in ``conf/callbacks/audit.yaml``."""
KINDS: Mapping[str, str] = {
    "now": "what was left, by this query alone",
    "running": "what was left, over the last queries",
    "as_it_was": "the pool as it was, by this query alone",
    "as_it_was_running": "the pool as it was, over the last queries",
}


@dataclass(frozen=True)
class Point:
    """One audited model.

    Args:
        model: its round.
        labels: that it was trained with; NaN where the run does not say.
        estimates: by metric and kind, one of `KINDS`.
    """

    model: int
    labels: float
    estimates: Mapping[tuple[str, str], PoolEstimate]


@dataclass(frozen=True)
class RunAudit:
    """Audit of one run.

    Args:
        table: a line per answer.
        points: by model.
        primary: its first metric.
        difference: picks minus drawn, of all queries, in the primary metric.
        new_groups: shares of the picks, and of what was drawn, that come from groups without a label until then.
        classes: shares of each class, likewise; empty for segmentation.
    """

    table: pd.DataFrame
    points: tuple[Point, ...]
    primary: str
    difference: Difference
    new_groups: tuple[float, float]
    classes: Mapping[str, tuple[float, float]]


def audit_of(run: Run) -> RunAudit | None:
    """Audit of a run; None where there was none.

    Raises:
        DamagedError: if a file of it cannot be read.
    """
    table = read_audit(run)
    if not len(table) or not (table["drawn"] == 1).any():
        return None
    names = metrics_of(table)
    pools = {name: audited_pools(table, name) for name in names}
    picks, drawn = (table[table["drawn"] == side] for side in (0, 1))
    classes = {}
    if "true" in table:
        classes = {str(c): (_share(picks, "true", c), _share(drawn, "true", c)) for c in sorted(table["true"].unique())}
    return RunAudit(
        table,
        tuple(_point(run, pools, asked) for asked in pools[names[0]] if _drawn(pools[names[0]][asked])),
        names[0],
        picks_against_drawn(list(pools[names[0]].values())),
        (_share(picks, "new_group", 1), _share(drawn, "new_group", 1)),
        classes,
    )


def _drawn(pool: AuditedPool) -> bool:
    return len(pool.drawn) > 0 or not pool.rest


def _point(run: Run, pools: Mapping[str, Mapping[int, AuditedPool]], asked: int) -> Point:
    estimates = {}
    for name, by_query in pools.items():
        some = [pool for query, pool in by_query.items() if query <= asked]
        estimates[name, "now"] = pool_estimate(some[-1:])
        estimates[name, "running"] = pool_estimate(window(some, LEAST))
        then = as_it_was(some)
        estimates[name, "as_it_was"] = pool_estimate(then[-1:])
        estimates[name, "as_it_was_running"] = pool_estimate(window(then, LEAST))
    rows = run.metrics[run.metrics["round"] == asked - 1]["n_labelled"]
    return Point(asked - 1, float(rows.iloc[0]) if len(rows) else math.nan, estimates)


def _share(table: pd.DataFrame, column: str, value: object) -> float:
    return float((table[column] == value).mean()) if len(table) else math.nan


def estimate_text(found: PoolEstimate, digits: int) -> str:
    """``0.812 [0.700, 0.881]``."""
    if math.isnan(found.value):
        return NOTHING
    if math.isnan(found.low):
        return f"{found.value:.{digits}f}"
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
