"""Forecast: where the curve of each condition ends, and what a level takes in labels and hours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd

from alseg.report.columns import decimals, title
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.forecast import Range
from alseg.report.statistics.outlook import Outlook, outlook
from alseg.report.statistics.panel import Panel
from alseg.report.statistics.panels import Report
from alseg.report.statistics.rows import Row

NAMES = ("dice", "accuracy")
"""Metrics that a run without a test set is audited by."""
NOTE = (
    "A power law with an offset, a - b n^-c, fitted to the mean over seeds, by the test set where there is one and else by the "
    "audits; medians with 95% intervals, under flat priors and independent errors. It says what the same strategy and training "
    "would give if the law held on, which nothing guarantees; docs/report.md says how it did on curves whose end is known. Hours "
    "are those still to come, at the seconds that a label cost so far."
)


class Forecasts(Section):
    """A row per condition."""

    place = 42
    about: ClassVar = {"forecast": "the end of each curve, and labels and hours for forecast.target"}

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        found = outlooks(panel)
        if not any(told(one) for one in found.values()):
            return []
        return [Block("Forecast", forecast_grid(found), note=NOTE, in_latex=False)]

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        asked = {label: one for label, one in outlooks(panel).items() if one.target is not None}
        return [Block("Forecast", forecast_grid(asked))] if asked else []

    def files(self, report: Report) -> Mapping[str, bytes]:
        lines = [_line(panel, label, one) for panel in report.panels for label, one in outlooks(panel).items()]
        return {"forecast.csv": pd.DataFrame(lines).to_csv(index=False).encode()} if lines else {}


SECTION = Forecasts()


def told(one: Outlook) -> bool:
    """True where there is something to tell: a forecast, or why a level that was asked for has none."""
    return one.target is not None or not isinstance(one.found, str)


def outlooks(panel: Panel) -> dict[str, Outlook]:
    """Outlook of each condition by the primary metric."""

    def look() -> dict[str, Outlook]:
        some = ((row.label, _outlook(panel, row)) for row in panel.compared)
        return {label: one for label, one in some if one is not None}

    return panel.once("outlooks", look)


def _outlook(panel: Panel, row: Row) -> Outlook | None:
    runs = list(row.runs.values())
    names = (panel.metrics[0].removeprefix("test/"),) if panel.metrics else NAMES
    described = {name: metric for run in runs for name, metric in run.decisions.described.items()}
    targets = [asked.get("target") for run in runs if isinstance(asked := run.config.get("forecast"), Mapping)]
    tables = [run.metrics for run in runs]
    some = (outlook(tables, name, next(iter(targets), None), described, panel.units) for name in names)
    return next((one for one in some if one is not None), None)


def forecast_grid(found: Mapping[str, Outlook]) -> Grid:
    """A row per condition."""
    column = next(iter(found.values())).column
    targets = list(dict.fromkeys(one.target for one in found.values() if one.target is not None))
    levels = [f"{column_title} for {target:g}" for target in targets for column_title in ("Labels", "Hours more")]
    rows = []
    for label, one in found.items():
        digits = decimals(one.column)
        if isinstance(one.found, str):
            cells = [one.found, *(NOTHING for _ in levels)]
        else:
            cells = [range_text(one.found.asymptote, digits)]
            for target in targets:
                here = one if one.target == target else None
                cells += [range_text(here.needed if here else None, 0), range_text(here.hours if here else None, 1)]
        rows.append((Cell(label), *(Cell(cell) for cell in cells)))
    return Grid(("Condition", f"{title(column)}, in the end", *levels), tuple(rows))


def range_text(found: Range | None, digits: int) -> str:
    """``310 [180, ∞]``."""
    if found is None:
        return NOTHING
    median, low, high = (
        f"{end:,.{digits}f}" if math.isfinite(end) else "∞" for end in (found.median, found.low, found.high)
    )
    return f"{median} [{low}, {high}]"


def _line(panel: Panel, label: str, one: Outlook) -> dict[str, Any]:
    line: dict[str, Any] = {"data": panel.data, "condition": label, "column": str(one.column), "target": one.target}
    if isinstance(one.found, str):
        return line | {"refused": one.found}
    ranges = {"asymptote": one.found.asymptote, "labels": one.needed, "hours": one.hours}
    for name, found in ranges.items():
        if found is not None:
            line |= {name: found.median, f"{name}_low": found.low, f"{name}_high": found.high}
    return line
