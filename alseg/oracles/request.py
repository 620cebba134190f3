"""A query as the oracle gets it: which images, how important, why, and what the model thinks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Predict: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
"""n ids give ``(n, C, H, W)`` class probabilities at ``data.size``, or ``(n, C)``; the same ids give the same numbers."""


@dataclass(frozen=True)
class Request:
    """The query of one round; it is the same, but for ``taken``, however often the oracle is asked.

    Args:
        round: of the query.
        ids: n ids, in the order of the picks: the most important first.
        strategy: name of the strategy or cold start that picked.
        groups: ``(n,)`` patients, recordings or slides.
        reasons: ``(n,)`` why each was picked, in words that a person reads.
        scores: ``(n,)`` of the strategy; None where it has none.
        files: image file by id, where it is known.
        metadata: the manifest's other columns as text, ``(n,)`` each.
        predictions: what the model of the round before says, computed when it is called; None where there is none: in round
            0, and for the late answers to a query whose round is over.
        run: folder of the run; an oracle that keeps files keeps them below it.
        asked: time (UTC, ISO 8601) of the query.
        taken: ids whose answer has been recorded, which is final.
    """

    round: int
    ids: tuple[str, ...]
    strategy: str = ""
    groups: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    scores: tuple[float, ...] | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    metadata: Mapping[str, Sequence[str]] = field(default_factory=dict)
    predictions: Predict | None = field(default=None, compare=False)
    run: Path = Path()
    asked: str = ""
    taken: frozenset[str] = frozenset()

    @property
    def open(self) -> tuple[str, ...]:
        """Ids that still need an answer, in their order."""
        return tuple(id_ for id_ in self.ids if id_ not in self.taken)

    def pick(self, id_: str) -> dict[str, Any]:
        """``order`` (from 0), ``group``, ``score`` and ``reason`` of one id."""
        i = self.ids.index(id_)
        score = None if self.scores is None else self.scores[i]
        return {"order": i, "group": self.groups[i], "score": score, "reason": self.reasons[i]}
