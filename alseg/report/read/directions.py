"""Directions of metrics: as runs describe them, brought together, and as the user states them for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from alseg.errors import ConfigError
from alseg.metrics.known import KNOWN
from alseg.metrics.metric import Metric
from alseg.report.columns import Column, direction, name_of, said
from alseg.report.read.decisions import agreed
from alseg.report.read.read_runs import Run


def with_directions(runs: Sequence[Run]) -> list[Run]:
    """The runs, each with what any of them describes; None for a metric on whose direction they do not agree."""
    each = [run.decisions.described for run in runs]
    described = agreed(metric for one in each for metric in one.values() if metric is not None)
    described |= {name: None for one in each for name, metric in one.items() if metric is None}
    return [_with(run, described) for run in runs]


def with_told(runs: Sequence[Run], told: Mapping[str, bool]) -> list[Run]:
    """The runs with the directions that the user gives; they count more than what a run says.

    Args:
        runs: all runs of a report.
        told: by column, with or without ``test/`` and unit: whether higher is better.

    Raises:
        ConfigError: for a metric that no run has, or one of alseg's own with the other direction.
    """
    if not told:
        return list(runs)
    described = with_directions(runs)[0].decisions.described
    columns = [Column(c, described) for c in dict.fromkeys(str(c) for run in runs for c in run.metrics.columns)]
    there = {name_of(c): c for c in columns if c.startswith("test/")}
    given: dict[str, Metric | None] = {}
    for text, higher in told.items():
        name = name_of(Column(text, described))
        if name not in there:
            names = ", ".join(column.removeprefix("test/") for column in there.values())
            raise ConfigError(f"{text}: no run has such a metric; there are {names}")
        if name in KNOWN and name not in described and direction(there[name]) != ("higher" if higher else "lower"):
            raise ConfigError(f"{text}: of this metric {said(there[name])}, and alseg itself measures it")
        known = described.get(name) or KNOWN.get(name) or Metric(name, name.replace("_", " "), higher)
        given[name] = replace(known, higher_is_better=higher)
    return [_with(run, {**run.decisions.described, **given}) for run in runs]


def direction_notes(columns: Iterable[Column], told: Mapping[str, bool]) -> tuple[str, ...]:
    """Notes that ask for directions that are not known, and name those that the user gave.

    Args:
        columns: of a report.
        told: likewise.
    """
    notes = []
    for column in dict.fromkeys(columns):
        if direction(column) == "unknown":
            option = column.removeprefix("test/")
            notes.append(
                f"{column}: {said(column)}, so that nothing is ranked, best or better by it. Say it with alseg report "
                f"--lower-is-better {option} (or --higher-is-better {option}), or for good with Metric(...) in the callback "
                "or learner that logs it"
            )
    notes += [
        f"{text}: {'higher' if higher else 'lower'} is better, as the command says" for text, higher in told.items()
    ]
    return tuple(notes)


def _with(run: Run, described: Mapping[str, Metric | None]) -> Run:
    return replace(run, decisions=replace(run.decisions, described=described))
