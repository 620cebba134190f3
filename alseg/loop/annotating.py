"""Ask the oracle to annotate a query, and check the answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from alseg.errors import QueryError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.terminal import working

log = logging.getLogger(__name__)


def ask(oracle: Oracle, round_: int, ids: Sequence[str]) -> Annotations | None:
    """Return the annotations of a query; None if the oracle will answer some of it later.

    Raises:
        QueryError: if it answers for ids that were not asked for, or for one twice.
    """
    with working(f"round {round_}: {len(ids)} images are being annotated"):
        answer = oracle.annotate(ids)
    if not set(ids) >= {*answer.ids, *answer.refused} or len(answer.ids) != len(set(answer.ids)):
        raise QueryError(f"oracle {type(oracle).__name__}: it answered ids that were not asked for, or one twice")
    waiting = len(ids) - len(answer.ids) - len(answer.refused)
    if waiting:
        log.info("round %d: %d of %d annotations are awaited", round_, waiting, len(ids))
        return None
    return answer
