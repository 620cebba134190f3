"""Outlook of a run or condition in words: where its curve ends, and what a level takes in labels and hours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alseg.report.columns import Column, decimals, is_fraction, is_ranked, lower_is_better
from alseg.report.read.read_runs import Run
from alseg.report.read.units import units
from alseg.report.statistics.forecast import Forecast, Range, forecast
from alseg.report.statistics.primary import KEY

AUDIT = "audit/as_it_was/"
"""Audits of the pool as it was: what is left of it gets easier as strategies take the hard images away."""
HOUR = 3600.0


@dataclass(frozen=True)
class Outlook:
    """A forecast and what it was made of.

    Args:
        column: whose curve it is, ``test/dice`` or ``audit/as_it_was/dice``.
        found: the forecast, or the reason why there is none.
        target: level that is asked for; None for none.
        seconds: that a label costs, so far; NaN where it was not recorded.
        labels: number of labels now.
        units: what a label is of.
    """

    column: Column
    found: Forecast | str
    target: float | None
    seconds: float
    labels: float
    units: str = "images"

    @property
    def needed(self) -> Range | None:
        """Labels in all for the target."""
        return None if self.target is None or isinstance(self.found, str) else self.found.needed(self.target)

    @property
    def hours(self) -> Range | None:
        """Further hours of annotation for the target."""
        needed = self.needed
        if needed is None or not self.seconds > 0:
            return None
        ends = (needed.median, needed.low, needed.high)
        return Range(*(max(end - self.labels, 0.0) * self.seconds / HOUR for end in ends))

    def sentence(self) -> str:
        """The outlook for people."""
        name = f"Forecast of {self.column}"
        if isinstance(self.found, str):
            return f"{name}: none, for {self.found}."
        digits = decimals(self.column)
        said = f"{name}: it tends to {_ends(self.found.asymptote, digits)}"
        if self.target is None or self.needed is None:
            return f"{said}."
        level = f"{self.target:g}"
        if self.found.sign * (self.found.at(self.labels).median - self.target) >= 0:
            return f"{said}; {level} is reached."
        if not math.isfinite(self.needed.median):
            return f"{said}; {level} is not likely to be reached (probability {self.found.reached(self.target):.2f})."
        hours = "" if self.hours is None else f", {_ends(self.hours, 1)} hours more at {self.seconds:.0f} s each"
        return f"{said}; {level} takes {_ends(self.needed, 0)} {self.units} in all{hours}."


def outlook(
    tables: Sequence[pd.DataFrame],
    metric: str,
    target: float | None = None,
    described: Mapping[str, Any] | None = None,
    units: str = "images",
) -> Outlook | None:
    """Look ahead by the metric on the test set or, without one, by the audits of the pool as it was.

    Args:
        tables: ``metrics.csv`` of a run, or of several seeds, whose curves are averaged.
        metric: its name, such as ``dice``.
        target: level to reach.
        described: what metrics say of themselves, by name.
        units: what is annotated.

    Returns:
        None where no column tells of the metric, or its direction is not known.
    """
    some = {name: Column(name, described or {}) for name in (f"test/{metric}", f"{AUDIT}{metric}")}
    column = next((one for name, one in some.items() if any(name in t and t[name].notna().any() for t in tables)), None)
    if column is None or not is_ranked(column):
        return None
    points = _points(tables, column)
    lower = lower_is_better(column)
    bound = (0.0 if lower else 1.0) if is_fraction(column) else (0.0 if lower else None)
    found = forecast(*points[:2], lower=lower, bound=bound, weights=points[2])
    spent = [(float(t["cost"].iloc[-1]), float(t["n_labelled"].iloc[-1])) for t in tables if "cost" in t]
    labels = float(np.mean([t["n_labelled"].iloc[-1] for t in tables]))
    seconds = sum(cost for cost, _ in spent) / max(sum(n for _, n in spent), 1) if spent else math.nan
    return Outlook(column, found, target, seconds, labels, units)


def outlook_of_run(run: Run) -> Outlook | None:
    """Outlook of a run by its primary metric, and the target that its settings have; see `outlook`."""
    named = run.config.get(KEY)
    names = [str(name) for name in named.values()] if isinstance(named, Mapping) else ["dice", "accuracy"]
    asked = run.config.get("forecast")
    target = asked.get("target") if isinstance(asked, Mapping) else None
    some = (outlook([run.metrics], name, target, run.decisions.described, units(run.config)) for name in names)
    return next((one for one in some if one is not None), None)


def _points(tables: Sequence[pd.DataFrame], column: str) -> tuple[list[float], list[float], list[float] | None]:
    """Labels, means over the tables that have them, and weights."""
    audited = column.startswith(AUDIT)
    at = "audit/labels" if audited else "n_labelled"
    whole = pd.concat([t.dropna(subset=[column]) for t in tables if column in t and at in t], ignore_index=True)
    means = whole.groupby(at)[column].agg(["mean", "count"])
    most = means["count"].max() if len(means) else 0
    kept = means[2 * means["count"] > most]  # a budget that few seeds were at has another mean
    weights = None
    if audited:
        width = (whole[f"{column}_high"] - whole[f"{column}_low"]).groupby(whole[at]).mean()[kept.index]
        weights = (1 / width.clip(lower=1e-3) ** 2).fillna(0.0).tolist()
    return [float(n) for n in kept.index], kept["mean"].tolist(), weights


def _ends(found: Range, digits: int) -> str:
    """``0.87 (0.84 to 0.95)``."""
    median, low, high = (
        f"{end:,.{digits}f}" if math.isfinite(end) else "no end" for end in (found.median, found.low, found.high)
    )
    return f"{median} ({low} to {high})"
