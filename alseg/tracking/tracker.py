"""Base class of trackers, which itself tracks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import Logger

INTERRUPTED = 130
"""Exit code of a job ended by Ctrl-C; one ended by signal n has 128 + n."""


def was_interrupted(exit_code: int) -> bool:
    """True if a job was interrupted by a signal rather than failed."""
    return exit_code > 128


@dataclass(frozen=True)
class Query:
    """One query, as shown to a person.

    Args:
        round: the round that the images were chosen for.
        strategy: name of the strategy that picked.
        ids: n ids in the order of the picks.
        scores: their scores, where the strategy has any.
        groups: their patients, recordings or slides.
        metadata: column of the manifest to n texts, short enough to be shown.
        images: ``(m, C, H, W)`` uint8, of the first m picks: a query of volumes may have thousands.
    """

    round: int
    strategy: str
    ids: Sequence[str]
    scores: Sequence[float] | None
    groups: Sequence[str]
    images: NDArray[np.uint8]
    metadata: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def about(self, *taken: str) -> dict[str, Sequence[str]]:
        """The metadata by names of columns that are not taken: ``score (metadata)``."""
        return {f"{name} (metadata)" if name in taken else name: cells for name, cells in self.metadata.items()}


class Tracker:
    """Does nothing (``logger=csv``); a subclass overrides what its service can show. A tracker never stops a run."""

    def start(self, folder: Path, config: Mapping[str, Any]) -> None:
        """Begin, or go on after an interruption: ``folder`` is where the tracker may keep what identifies the run."""

    def loggers(self, round_: int) -> list[Logger]:
        """Lightning loggers for the curves of one fit."""
        return []

    def log_round(self, row: Mapping[str, Any]) -> None:
        """Log a row of ``metrics.csv``."""

    def log_query(self, query: Query) -> None:
        """Log a query."""

    def finish(self, exit_code: int) -> None:
        """Close the run; always called, with the exit code of the job."""
