"""Labels that a data set brings along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from alseg.data.dataset import Dataset
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.request import Request

T = TypeVar("T")

DATA_SET = "data set"
"""The annotator of these labels."""


class Given(Oracle):
    """Answers with the data set's own targets, at no cost, and asks another oracle for the images that have none.

    Args:
        dataset: the images.
        given: ids whose targets are labels.
        inner: is asked for all others.
    """

    def __init__(self, dataset: Dataset, given: Sequence[str], inner: Oracle) -> None:
        row = {id_: row for row, id_ in enumerate(dataset.ids)}
        self.dataset = dataset
        self.rows = {id_: row[id_] for id_ in given}
        self.inner = inner
        self.enough = inner.enough

    def annotate(self, ids: Sequence[str]) -> Annotations:
        others = [id_ for id_ in ids if id_ not in self.rows]
        return self._joined(ids, self.inner.annotate(others) if others else None)

    def ask(self, request: Request) -> Annotations:
        others = self._of_others(request)
        return self._joined(request.open, self.inner.ask(others) if others.open else None)

    def where(self, round_: int) -> str:
        return self.inner.where(round_)

    def answers(self) -> Mapping[str, bytes]:
        return self.inner.answers()

    def _of_others(self, request: Request) -> Request:
        """The request without the images that have a label: nobody need see them."""
        rows = [row for row, id_ in enumerate(request.ids) if id_ not in self.rows]
        return replace(
            request,
            ids=_chosen(request.ids, rows),
            groups=_chosen(request.groups, rows),
            reasons=_chosen(request.reasons, rows),
            scores=None if request.scores is None else _chosen(request.scores, rows),
            metadata={name: _chosen(cells, rows) for name, cells in request.metadata.items()},
        )

    def _joined(self, ids: Sequence[str], answer: Annotations | None) -> Annotations:
        own = [id_ for id_ in ids if id_ in self.rows]
        targets = np.asarray(self.dataset.targets[[self.rows[id_] for id_ in own]])
        if answer is None:
            return Annotations(tuple(own), targets, np.zeros(len(own)), DATA_SET)
        if not own:
            return answer
        people = answer.annotators or (answer.annotator,) * len(answer.ids)
        return Annotations(
            (*own, *answer.ids),
            np.concatenate([targets, answer.targets]) if answer.ids else targets,
            np.concatenate([np.zeros(len(own)), answer.cost]),
            answer.annotator if answer.ids else DATA_SET,
            answer.refused,
            (*(DATA_SET,) * len(own), *people),
        )


def _chosen(values: Sequence[T], rows: Sequence[int]) -> tuple[T, ...]:
    """Those of the values; of none, none."""
    return tuple(values[row] for row in rows) if values else ()
