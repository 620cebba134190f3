"""Candidates of a query: ids, scores and features that a selector chooses from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _no_features() -> NDArray[np.float32]:
    return np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True)
class Candidates:
    """The unlabelled pool as a strategy sees it.

    Args:
        ids: N ids of the unlabelled pool.
        scores: ``(N,)`` float, higher is more informative; None where the strategy has no acquisition.
        features: ``(N, D)`` float32 embeddings; None where nothing gave any.
        labelled_ids: L ids that already have an annotation.
        labelled_features: ``(L, D)`` float32, in the order of ``labelled_ids``; ``(0, 0)`` where nothing is labelled.
        notes: JSON-able values that the selector writes about its choice, for the ledger. Candidates made by
            :meth:`take` share the dictionary, so that an inner selector's notes are kept too.
        round: round of the query; 0 is the cold start.
        probabilities: ``(N, C)`` float32 class probabilities of each image, the mean over the members; None where no
            model gave any.
        groups: N groups that the images come from; None where they were not asked for.
        labelled_groups: L groups, in the order of ``labelled_ids``.
        class_scores: ``(N, C)`` float, the score of each class; None where they were not asked for.
        truth: true class of each id, labelled ones too, for what is no strategy but a ceiling; None for everything else.
        reasons: id to why it was picked, in words, as far as selectors `explain` it; shared like ``notes``.
        on_map: True where the features are places on a two-dimensional map, which are never scaled to length 1.
    """

    ids: tuple[str, ...]
    scores: NDArray[np.floating] | None = None
    features: NDArray[np.float32] | None = None
    labelled_ids: tuple[str, ...] = ()
    labelled_features: NDArray[np.float32] = field(default_factory=_no_features)
    notes: dict[str, Any] = field(default_factory=dict, compare=False)
    round: int = 0
    probabilities: NDArray[np.float32] | None = None
    groups: tuple[str, ...] | None = None
    labelled_groups: tuple[str, ...] = ()
    class_scores: NDArray[np.floating] | None = None
    truth: Mapping[str, int] | None = None
    on_map: bool = False
    reasons: dict[str, str] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.ids)

    def explain(self, rows: Iterable[int], reasons: str | Iterable[str]) -> None:
        """Say why the candidates of these rows are picked: in the same words, or each in its own."""
        ids = [self.ids[row] for row in rows]
        self.reasons.update(zip(ids, [reasons] * len(ids) if isinstance(reasons, str) else reasons))

    def take(self, rows: NDArray[np.intp]) -> Candidates:
        """The candidates of these rows, in that order; the labelled set stays."""
        return replace(
            self,
            ids=tuple(self.ids[i] for i in rows),
            scores=None if self.scores is None else self.scores[rows],
            class_scores=None if self.class_scores is None else self.class_scores[rows],
            features=None if self.features is None else self.features[rows],
            probabilities=None if self.probabilities is None else self.probabilities[rows],
            groups=None if self.groups is None else tuple(self.groups[i] for i in rows),
        )
