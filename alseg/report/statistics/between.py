"""A comparison of two conditions, and the budgets and runs that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from alseg.report.statistics.comparisons import BySeed, Comparison
from alseg.report.statistics.rows import Row

Test = Callable[[Sequence[tuple[BySeed, BySeed]]], list[Comparison]]
"""Compares ours with control in every pair of a family (seed to value), and corrects for all of them together."""


@dataclass(frozen=True)
class LeftOut:
    """A run that takes no part in a comparison.

    Args:
        label: of its condition.
        seed: its own.
        reason: why it does not fit.
    """

    label: str
    seed: int
    reason: str


@dataclass(frozen=True)
class Between:
    """A comparison of two conditions on a data set.

    Args:
        data: the data set.
        ours: label of the condition whose value comes first in the difference.
        control: label of the other one.
        budgets: what is compared: the AUBC over them, or the value where there is one; none where nothing can be.
        result: what came out.
        left_out: runs of either condition that lack one of these budgets.
        reason: why nothing can be compared; empty where something is.
    """

    data: str
    ours: str
    control: str
    budgets: tuple[int, ...]
    result: Comparison
    left_out: tuple[LeftOut, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Paired:
    """Values and budgets by which two conditions are compared, before the test; see :class:`Between`."""

    data: str
    ours: Row
    control: Row
    budgets: tuple[int, ...]
    left_out: tuple[LeftOut, ...]
    reason: str
    values: tuple[BySeed, BySeed]


def paired(data: str, ours: Row, control: Row, metric: str) -> Paired:
    """The budgets that most runs of both conditions have, less those at which both hold the same images by design."""
    common = tuple(sorted({*ours.grid(metric)} & {*control.grid(metric)}))
    budgets = tuple(b for b in common if not ours.same_images(control, b))
    reason = ""
    if not budgets:
        reason = "at every common budget both hold the same images" if common else "there is no common budget"
    left_out = [LeftOut(row.label, *one) for row in (ours, control) for one in _unfit(row, metric, budgets)]
    values = (ours.measured(metric, budgets), control.measured(metric, budgets))
    return Paired(data, ours, control, budgets, tuple(left_out), reason, values)


def tested(pairs: Iterable[Paired], test: Test) -> list[Between]:
    """Compare all of a family; pairs with nothing to compare are in it as refused."""
    given = list(pairs)
    results = test([pair.values for pair in given])
    return [
        Between(p.data, p.ours.label, p.control.label, p.budgets, result, p.left_out, p.reason)
        for p, result in zip(given, results)
    ]


def _unfit(row: Row, metric: str, budgets: Sequence[int]) -> Iterable[tuple[int, str]]:
    """Seed and reason of the runs that lack one of the budgets."""
    for seed, run in row.runs.items():
        curve = row.curves(metric).get(seed, {})
        missing = [b for b in budgets if b not in curve]
        if not missing:
            continue
        last = int(run.metrics["n_labelled"].iloc[-1])
        which = ", ".join(map(str, missing[:3])) + (", …" if missing[3:] else "")
        ended = f"it ended with {last} labels" + (f" ({run.decisions.reason})" if run.decisions.reason else "")
        yield seed, ended if last < min(missing) else f"it has no value at {which} labels"
