"""Answers of an oracle to one or several requests: checked, counted and joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from alseg.errors import QueryError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.request import Request


def answer_of(oracle: Oracle, request: Request) -> Annotations:
    """Ask an oracle for the open ids of a request; what it says of ids that were taken before is dropped.

    Raises:
        QueryError: if it answers for ids that were not asked for, or for one twice.
    """
    if not request.ids:  # everything has been asked for: there is nothing to present
        return Annotations((), np.empty(0), np.empty(0), "")
    answer = oracle.ask(request)
    given = [*answer.ids, *answer.refused]
    if not set(request.ids) >= set(given) or len(given) != len(set(given)):
        raise QueryError(f"oracle {type(oracle).__name__}: it answered ids that were not asked for, or one twice")
    if request.taken.isdisjoint(given):
        return answer
    rows = [row for row, id_ in enumerate(answer.ids) if id_ not in request.taken]
    return Annotations(
        tuple(answer.ids[row] for row in rows),
        answer.targets[rows],
        answer.cost[rows],
        answer.annotator,
        tuple(id_ for id_ in answer.refused if id_ not in request.taken),
        None if answer.annotators is None else tuple(answer.annotators[row] for row in rows),
    )


def joined(answers: Sequence[Annotations]) -> Annotations:
    """Join answers to several requests, in their order; empty ones have no part in it, but one is kept."""
    given = [answer for answer in answers if answer.ids or answer.refused] or [*answers[-1:]]
    if len(given) == 1:
        return given[0]
    with_targets = [answer for answer in given if answer.ids] or given[:1]
    names = list(dict.fromkeys(answer.annotator for answer in with_targets))
    several = len(names) > 1 or any(answer.annotators for answer in with_targets)
    each = chain.from_iterable(answer.annotators or [answer.annotator] * len(answer.ids) for answer in with_targets)
    return Annotations(
        tuple(chain.from_iterable(answer.ids for answer in given)),
        np.concatenate([answer.targets for answer in with_targets]),
        np.concatenate([answer.cost for answer in with_targets]),
        ", ".join(names),
        tuple(chain.from_iterable(answer.refused for answer in given)),
        tuple(each) if several else None,
    )
