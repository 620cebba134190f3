"""Annotation: the oracle answers a query, the ledger records the answer, and the pool takes the labels."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from alseg.callbacks.events import AnnotationEnd
from alseg.data.pool import PoolDataModule
from alseg.errors import QueryError
from alseg.loop.hooks import Hooks
from alseg.oracles.oracle import Annotations, Oracle
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.terminal import working

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Annotating:
    """Has the queries of a run annotated, on rank 0 alone, and labels the pool on every rank.

    Args:
        pool: takes the labels.
        oracle: annotates.
        ledger: records the answers.
        folder: keeps targets.
        hooks: called for every answer.
    """

    pool: PoolDataModule
    oracle: Oracle
    ledger: Ledger
    folder: RunFolder
    hooks: Hooks

    def request(self, round_: int) -> bool:
        """Have the query of a round annotated, unless its annotations are recorded; False if the oracle will answer later."""
        return self.folder.agree(not self.folder.writable or self._request(round_))

    def label(self, round_: int) -> None:
        """Give the annotations of a round to the pool.

        Raises:
            QueryError: if the oracle has refused everything so far.
        """
        annotated = self.ledger.find("annotated", round_)
        assert annotated is not None
        self.pool.label(*self.folder.load_annotations(round_))
        self.pool.refuse(annotated["refused"])
        if not self.pool.labelled:
            raise QueryError(
                f"oracle {type(self.oracle).__name__}: it refused all {len(annotated['refused'])} first images"
            )

    def restore(self) -> None:
        """Give the pool the labels of all rounds so far, and those that took their place in the last training."""
        for annotated in self.ledger.of("annotated"):
            self.label(annotated["round"])
        for trained in list(self.ledger.of("trained"))[-1:]:  # each round keeps the working labels of those before it
            self.pool.relabel(*self.folder.load_working_labels(trained["round"]))

    def _request(self, round_: int) -> bool:
        query = self.ledger.find("queried", round_)
        assert query is not None
        if self.ledger.find("annotated", round_):
            return True
        answer = ask(self.oracle, round_, query["ids"])
        if answer is None:
            return False
        self.folder.save_annotations(round_, answer)
        self.hooks.annotation_end(AnnotationEnd(round_, answer))
        cost, refused = [float(c) for c in answer.cost], list(answer.refused)
        self.ledger.record(
            "annotated", round_, ids=list(answer.ids), refused=refused, cost=cost, annotator=answer.annotator
        )
        return True


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
