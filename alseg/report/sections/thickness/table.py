"""The agreement of the intima-media thickness (CIMT) as a table, beside what people and programs reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from alseg.metrics.agreement import LEVEL, PUBLISHED_CIMT, RESAMPLES, Agreement
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.sections.thickness.pairs import Measured, measurements
from alseg.report.statistics.panels import Report

COLUMNS = {
    "bias": ("Bias (µm)", "+.0f", None),
    "sd": ("SD (µm)", ".0f", min),
    "lower": ("Lower limit (µm)", "+.0f", None),
    "upper": ("Upper limit (µm)", "+.0f", None),
    "mean_absolute": ("Mean absolute bias ± SD (µm)", ".0f", min),
    "pearson": ("Pearson r", ".3f", max),
    "icc": ("ICC(2,1)", ".3f", max),
    "cv": ("CV", ".1%", min),
    "failure_rate": ("Failures", ".1%", min),
}
"""Heading, format and which value is best; a bias is good near 0, which bold would not show."""

NOTE = (
    "Differences are prediction minus reference, positive where the prediction is too thick, of the mean thickness on the "
    "columns that both show. Images and seeds are pooled; a case is one image under one seed. In brackets: "
    f"{LEVEL:.0%} bootstrap intervals ({RESAMPLES:,} resamples of whole patients, with all their cases). The limits of "
    "agreement are bias ± 1.96 SD. Failures, cases without a measurable wall in the prediction, are in no other column. "
    "The published references are from other images (Carotid Ultrasound Boundary Study): an orientation, not a target."
)


def cimt_grid(found: Sequence[Measured]) -> Grid:
    """A row per condition, then the published references."""
    header = ("Condition", "Annotated images", "Cases", "Patients", *(heading for heading, _, _ in COLUMNS.values()))
    best = {name: _best(name, found) for name in COLUMNS}
    rows = []
    for one in found:
        a = one.agreement
        counts = (one.budget, a.cases, one.pairs.loc[one.pairs["reference"].notna(), "group"].nunique())
        cells = [Cell(text(a, name), getattr(a, name) == best[name]) for name in COLUMNS]
        rows.append((Cell(one.label), *(Cell(str(count)) for count in counts), *cells))
    for published in PUBLISHED_CIMT.values():
        known = {"mean_absolute": f"{published.mean_absolute_um:.0f} ± {published.sd_um:.0f}"}
        cells = [Cell(known.get(name, NOTHING)) for name in COLUMNS]
        rows.append((Cell(f"published: {published.what}"), *[Cell(NOTHING)] * 3, *cells))
    return Grid(header, tuple(rows))


def text(found: Agreement, name: str) -> str:
    """``+12 [−3, +27]``: a value and its interval, where there is one."""
    value, form = getattr(found, name), COLUMNS[name][1]
    if not math.isfinite(value):
        return NOTHING
    shown = format(value, form)
    if name == "mean_absolute" and math.isfinite(found.sd_absolute):
        shown += f" ± {found.sd_absolute:.0f}"
    low, high = found.intervals.get(name, (math.nan, math.nan))
    shown += f" [{low:{form}}, {high:{form}}]" if math.isfinite(low) else ""
    return shown.replace("-", "−")


def cimt_csv(report: Report) -> str:
    """One line per data set and condition; lengths in µm."""
    lines = []
    for panel in report.panels:
        for one in measurements(panel):
            values = asdict(one.agreement)
            ends = values.pop("intervals").items()
            sides = {f"{name}_{side}": end for name, pair in ends for side, end in zip(("low", "high"), pair)}
            seeds = one.pairs["seed"].nunique()
            start = {"data": panel.data, "condition": one.label, "n_labelled": one.budget, "n_seeds": seeds}
            lines.append({**start, **values, **sides})
    return pd.DataFrame(lines).to_csv(index=False)


def _best(name: str, found: Sequence[Measured]) -> float | None:
    choose = COLUMNS[name][2]
    values = [v for one in found if math.isfinite(v := getattr(one.agreement, name))]
    return choose(values) if choose is not None and len(set(values)) > 1 else None  # none is best of equals
