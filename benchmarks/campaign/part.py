"""A part of the campaign, and what came of one thing that was tried in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """Of one trial.

    Args:
        kind: of what was tried, as the closing table counts it.
        how: it was tried, in this trial.
        fault: what is wrong with what came of it; None if it is as it must be.
        tried: how many things this trial tried, such as the kills of one run.
        note: a figure, such as seconds or memory.
        skipped: why it could not be tried here; None if it was.
    """

    kind: str
    how: str
    fault: str | None = None
    tried: int = 1
    note: str = ""
    skipped: str | None = None


@dataclass(frozen=True)
class Part:
    """Trials of one sort.

    Args:
        about: what is tried and what must hold, in a line.
        trials: how many an hour's campaign has.
        outcomes: does the trials of these places in a folder, with a seed; a trial depends on nothing but seed and place.
    """

    about: str
    trials: int
    outcomes: Callable[[Path, range, int], Iterator[Outcome]]
