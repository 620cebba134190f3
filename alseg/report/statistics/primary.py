"""The metric that leads: asked for, named in the settings of the runs, or the default of the task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alseg.metrics.metric import UNITS
from alseg.report.columns import primary

KEY = "primary_metric"
"""Setting of a run: task to name of the metric that its comparisons go by."""


def column_of(name: str, tested: Sequence[str]) -> str | None:
    """The column of ``dice``, ``test/dice`` or ``hd95``, whose column ends in its unit; None where there is none."""
    whole = name if name.startswith("test/") else f"test/{name}"
    return next((c for c in (whole, *(f"{whole}_{unit}" for unit in UNITS)) if c in tested), None)


def chosen(configs: Iterable[Mapping[str, Any]], tested: Sequence[str], asked: str = "") -> tuple[str, str]:
    """The column that leads, and what a reader has to know of the choice (most often nothing).

    Args:
        configs: of all runs on a data set; those of earlier versions name no metric.
        tested: their ``test/`` columns.
        asked: name of the metric that was asked for; passed over where these runs lack it.
    """
    if asked and (column := column_of(asked, tested)):
        return column, ""
    named = dict.fromkeys(tuple(one.values()) for config in configs if isinstance(one := config.get(KEY), Mapping))
    found = dict.fromkeys(
        next((column for name in names if (column := column_of(str(name), tested))), "") for names in named
    )
    default = primary(tested)
    if len(found) > 1:
        return (
            default,
            f"the runs name different primary metrics ({', '.join(c or 'none' for c in found)}): {default} leads",
        )
    column = next(iter(found), default)
    if not column:
        wanted = ", ".join(str(name) for name in next(iter(named)))
        return default, f"none of the primary metrics that the runs name ({wanted}) was measured: {default} leads"
    return column, ""
