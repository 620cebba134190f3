"""Title, unit and direction of a metric column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar

from alseg.metrics.known import KNOWN
from alseg.metrics.metric import UNITS, Metric

Name = TypeVar("Name", bound=str)
Direction = Literal["higher", "lower", "neither", "unknown"]
NONE: Mapping[str, Metric | None] = MappingProxyType({})
NO_CLASS = frozenset(
    {
        "loss",
        "error",
        "distance",
        "dissimilarity",
        "gap",
        "bias",
        "diff",
        "difference",
        "delta",
        "drop",
        "gain",
        "reduction",
        "std",
        "sd",
        "sem",
        "var",
        "variance",
        "count",
        "rate",
    }
)
"""Words behind the name of a metric that make another one of it, and not that metric of a class: ``dice_loss``."""
SAID = {
    "higher": "higher is better",
    "lower": "lower is better",
    "neither": "neither higher nor lower is better",
    "unknown": "whether higher or lower is better is not known",
}


class Column(str):
    """Name of a column, together with what the runs that have it say of their metrics.

    Args:
        name: of the column.
        described: metrics by name; None of one whose direction the runs do not agree on.
    """

    described: Mapping[str, Metric | None]

    def __new__(cls, name: str, described: Mapping[str, Metric | None] = NONE) -> Column:
        column = super().__new__(cls, name)
        column.described = described
        return column


@dataclass(frozen=True)
class _Parts:
    metric: Metric
    of: str
    """A class."""
    unit: str
    known: bool
    """True where somebody says which way is better."""


def title(column: str) -> str:
    """The column for people: ``Dice``, ``Dice, tumour``, ``HD95 (mm)``."""
    parts = _parts(column)
    unit = parts.unit or parts.metric.unit
    return parts.metric.title + (f", {parts.of}" if parts.of else "") + (f" ({unit})" if unit else "")


def direction(column: str) -> Direction:
    """Direction in words; ``unknown`` of a metric that nobody describes, whatever words its name has."""
    parts = _parts(column)
    if not parts.known:
        return "unknown"
    higher = parts.metric.higher_is_better
    return "neither" if higher is None else "higher" if higher else "lower"


def said(column: str) -> str:
    """The direction for people: ``lower is better``."""
    return SAID[direction(column)]


def lower_is_better(column: str) -> bool:
    """True for distances, counts of empty predictions, losses and errors; ask `is_ranked` first."""
    return direction(column) == "lower"


def is_ranked(column: str) -> bool:
    """False where neither higher nor lower is better, and where that is not known: nothing is better, best or beaten."""
    return direction(column) in ("higher", "lower")


def is_fraction(column: str) -> bool:
    """True if values lie between 0 and 1."""
    return _parts(column).metric.fraction


def decimals(column: str) -> int:
    """Digits after the point in tables."""
    parts = _parts(column)
    if parts.metric.digits is not None:
        return parts.metric.digits
    if (parts.unit or parts.metric.unit) == UNITS["um"]:
        return 0
    return 3 if parts.metric.fraction else 2


def primary(columns: Sequence[Name]) -> Name:
    """The metric that leads the report: Dice, else accuracy, else the first."""
    return next((c for leads in ("test/dice", "test/accuracy") for c in columns if c == leads), columns[0])


def name_of(column: str) -> str:
    """Name of a description of the column, without class and unit; of one that nobody describes the whole name."""
    return _parts(column).metric.name


def _parts(column: str) -> _Parts:
    """Metric, class and unit of a column such as ``test/dice_tumour`` or ``test/hd95_mm``."""
    words = column.rsplit("/", 1)[-1].split("_")
    word = next((w for w in words if w in UNITS), "")
    rest = [w for w in words if w != word]
    described = column.described if isinstance(column, Column) else NONE
    for end in range(len(rest), 0, -1):
        name = "_".join(rest[:end])
        if not NO_CLASS.isdisjoint(rest[end:]) or not (name in described or name in KNOWN):
            continue
        metric = described.get(name) if name in described else KNOWN[name]
        unclear = Metric(name, name.replace("_", " "), higher_is_better=None)
        return _Parts(metric or unclear, "_".join(rest[end:]), UNITS.get(word, ""), metric is not None)
    name = "_".join(rest)
    return _Parts(Metric(name, name.replace("_", " "), higher_is_better=None), "", UNITS.get(word, ""), False)
