"""What a metric column is called, its unit, and whether higher or lower is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from alseg.metrics.known import KNOWN
from alseg.metrics.metric import UNITS, Metric

Name = TypeVar("Name", bound=str)
NONE: Mapping[str, Metric] = MappingProxyType({})
LOWER = {"hd", "hd95", "asd", "empty", "loss", "ece", "nll", "brier", "error", "mae", "rmse"}
"""Of a metric that nobody describes, lower is better if one of these is a word of its name."""


class Column(str):
    """Name of a column, together with what the runs that have it say of their metrics."""

    described: Mapping[str, Metric]

    def __new__(cls, name: str, described: Mapping[str, Metric] = NONE) -> Column:
        column = super().__new__(cls, name)
        column.described = described
        return column


def title(column: str) -> str:
    """The column for people: ``Dice``, ``Dice, tumour``, ``HD95 (mm)``."""
    metric, part, unit = _metric(column)
    unit = unit or metric.unit
    return metric.title + (f", {part}" if part else "") + (f" ({unit})" if unit else "")


def lower_is_better(column: str) -> bool:
    """True for distances, counts of empty predictions, losses and errors."""
    return _metric(column)[0].higher_is_better is False


def is_ranked(column: str) -> bool:
    """False where neither higher nor lower is better."""
    return _metric(column)[0].higher_is_better is not None


def is_fraction(column: str) -> bool:
    """True if values lie between 0 and 1."""
    return _metric(column)[0].fraction


def decimals(column: str) -> int:
    """Digits after the point in tables."""
    metric, _, unit = _metric(column)
    if metric.digits is not None:
        return metric.digits
    if (unit or metric.unit) == UNITS["um"]:
        return 0
    return 3 if metric.fraction else 2


def primary(columns: Sequence[Name]) -> Name:
    """The metric that leads the report: Dice, else accuracy, else the first."""
    return next((c for leads in ("test/dice", "test/accuracy") for c in columns if c == leads), columns[0])


def _metric(column: str) -> tuple[Metric, str, str]:
    """Metric, class and unit of a column such as ``test/dice_tumour`` or ``test/hd95_mm``."""
    words = column.rsplit("/", 1)[-1].split("_")
    word = next((w for w in words if w in UNITS), "")
    rest = [w for w in words if w != word]
    described = column.described if isinstance(column, Column) else {}
    for end in range(len(rest), 0, -1):
        name = "_".join(rest[:end])
        metric = described.get(name) or KNOWN.get(name)
        if metric is not None:
            return metric, "_".join(rest[end:]), UNITS.get(word, "")
    name = "_".join(rest)
    return Metric(name, name.replace("_", " "), not LOWER & {*rest}), "", UNITS.get(word, "")
