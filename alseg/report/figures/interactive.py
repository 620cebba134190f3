"""Learning curves for the screen: their numbers as JSON, of which the page draws what is asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from plotly.offline import get_plotlyjs

from alseg.report.columns import decimals, title
from alseg.report.figures.drawing import axis_budgets, axis_range, is_reference
from alseg.report.figures.style import Look, readable_ticks
from alseg.report.grid import format_estimate
from alseg.report.statistics.panels import Panel, Result

MOST_NUMBERS = 100_000
"""So many values of single seeds travel with a data set: of all metrics, else of the leading one, else none."""


def curves(panel: Panel, styles: Mapping[str, Look], groups: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """All curves of a data set.

    Args:
        panel: the data set.
        styles: look by label.
        groups: by label what a condition can be filtered by: ``{"entropy · unisal": {"learner": "unisal", ...}}``.

    Returns:
        JSON-able: ``curves`` with label, look and groups of every condition; ``metrics`` with, in the same order, mean, sides of
        the band, text, ends of a line across and, unless they are too many, seeds; ``x`` holds the budgets, and every curve
        names its own by number.
    """
    about = []
    for row in panel.rows:
        look = styles[row.label]
        style = {"colour": look.colour, "fill": look.fill(0.14), "dash": look.dash[1], "symbol": look.marker[1]}
        about.append({"label": row.label, "of": dict(groups[row.label]), **style})
    one = sum(len(run.metrics) for row in panel.rows for run in row.runs.values())
    with_seeds = len(panel.metrics) if one * len(panel.metrics) <= MOST_NUMBERS else int(one <= MOST_NUMBERS)
    grids: dict[tuple[int, ...], int] = {}
    metrics = {m: _metric(panel.results(m), m, grids, i < with_seeds) for i, m in enumerate(panel.metrics)}
    ticks = readable_ticks(axis_budgets(panel.results(panel.metrics[0])))
    return {
        "data": panel.data, "units": panel.units, "ticks": ticks, "curves": about, "metrics": metrics, "x": [*grids]
    }  # fmt: skip


def _metric(results: list[Result], metric: str, grids: dict[tuple[int, ...], int], seeds: bool) -> dict[str, Any]:
    digits = decimals(metric)
    found = []
    on_axis = axis_budgets(results)
    for result in results:
        means = result.by_budget
        sides = [result.band.get(budget) for budget in means]
        one: dict[str, Any] = {
            "x": grids.setdefault(tuple(means), len(grids)),
            "y": [_short(e.mean, digits) for e in means.values()],
            "low": [_short(side[0], digits) if side else None for side in sides],
            "high": [_short(side[1], digits) if side else None for side in sides],
            "n": [e.n for e in means.values()],
            "text": [format_estimate(e, digits, e.n) for e in means.values()],
        }
        if is_reference(result, on_axis):
            one["across"] = [on_axis[0], on_axis[-1]]
        if seeds:
            by_seed = result.row.curves(metric)
            one["seeds"] = {
                str(seed): [_short(curve.get(b, math.nan), digits) for b in means] for seed, curve in by_seed.items()
            }
        found.append(one)
    return {"title": title(metric), "digits": digits, "range": list(axis_range(results, metric)), "curves": found}


def _short(value: float, digits: int) -> float | None:
    """The value with two digits more than tables show, which no eye can tell from all of them."""
    return round(value, digits + 2) if math.isfinite(value) else None


def plotly_js() -> str:
    """The source of plotly.js."""
    return str(get_plotlyjs())


def script_json(value: Any) -> str:
    """JSON that may stand inside a script element whatever its strings hold."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
