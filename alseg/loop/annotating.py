"""Annotation: the oracle answers a query, the ledger records the answer, and the pool takes the labels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from alseg.callbacks.events import AnnotationEnd
from alseg.data.pool import PoolDataModule
from alseg.errors import QueryError
from alseg.loop.answers import answer_of, joined
from alseg.loop.hooks import Hooks
from alseg.loop.requests import Requests
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.request import Request
from alseg.runs.arrivals import arrivals
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.runs.waiting import Waiting
from alseg.terminal import working

log = logging.getLogger(__name__)


@dataclass
class Annotating:
    """Has the queries of a run annotated, on rank 0 alone, and labels the pool on every rank.

    A round goes on when its query is answered, or enough of it. Ids that are open then stay so: no strategy sees them as
    candidates again, the oracle is asked for them along with every later query, and their answers count as of that round.

    Args:
        pool: takes the labels.
        oracle: annotates.
        ledger: records the answers.
        folder: keeps targets.
        hooks: called for every answer.
        requests: what the oracle is asked for.
        settings: the config's node of the oracle.
    """

    pool: PoolDataModule
    oracle: Oracle
    ledger: Ledger
    folder: RunFolder
    hooks: Hooks
    requests: Requests
    settings: Mapping[str, Any] = field(default_factory=dict)
    proceed: int | None = None
    """Round that goes on with the answers that are there, however few."""
    resumed: str = field(default="", init=False)
    """Words before the first count of answers in this process."""

    def request(self, round_: int) -> bool:
        """Have the query of a round annotated, unless that is recorded; False if too little of it is answered yet."""
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
        asked = (id_ for query in self.ledger.of("queried") if query["round"] <= round_ for id_ in query["ids"])
        self.pool.leave_open(asked)
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
        if self.ledger.find("annotated", round_):
            self.folder.save_waiting(None)
            return True
        requests = self.requests.open(round_)
        # Before the oracle looks: what arrives while it does is new to the next look.
        looked, seen = _now(), arrivals(self.settings, self.folder.path, round_, requests[-1].open)
        with working(f"round {round_}: {len(requests[-1].open)} images are being annotated"):
            answers = [answer_of(self.oracle, request) for request in requests]
        # Nothing can have arrived where nothing had been presented; and what was written now is the oracle's own.
        waiting = self._waiting(requests, answers, _now() if seen is None else looked, seen)
        if self.resumed:
            log.info("%s: %s", self.resumed, waiting.there())
            self.resumed = ""
        if not self._goes_on(waiting, answers):
            self.folder.save_waiting(waiting)
            return False
        answer = joined(answers)
        self.folder.save_annotations(round_, answer)
        self.hooks.annotation_end(AnnotationEnd(round_, answer))
        self.ledger.record(
            "annotated",
            round_,
            ids=list(answer.ids),
            refused=list(answer.refused),
            cost=[float(c) for c in answer.cost],
            annotator=answer.annotator,
            **({"annotators": list(answer.annotators)} if answer.annotators else {}),
        )
        self.folder.save_waiting(None)
        return True

    def _waiting(
        self, requests: Sequence[Request], answers: Sequence[Annotations], looked: str, seen: int | None
    ) -> Waiting:
        own, answer = requests[-1], answers[-1]
        given = len(self.pool.given) if own.round == 0 else 0  # labels that the data set brings along: nobody is asked
        late = sum(len(r.open) - len(a.ids) - len(a.refused) for r, a in zip(requests[:-1], answers))
        return Waiting(
            round=own.round,
            since=own.asked,
            asked=len(own.ids) - given,
            answered=len(answer.ids) - given,
            refused=len(answer.refused),
            late=late,
            where=self._where([own] if own.ids else requests[:-1]),
            enough=self.oracle.enough,
            looked=looked,
            seen=seen,
        )

    def _where(self, requests: Sequence[Request]) -> str:
        """Where the answers to these requests are awaited."""
        return " and ".join(dict.fromkeys(filter(None, (self.oracle.where(request.round) for request in requests))))

    def _goes_on(self, waiting: Waiting, answers: Sequence[Annotations]) -> bool:
        # Where nothing is left to ask for, the round is about the answers to earlier queries.
        done, asked = waiting.answered + waiting.refused, waiting.asked
        if not asked:
            done = sum(len(answer.ids) + len(answer.refused) for answer in answers)
            asked = done + waiting.late
        if done >= asked:
            return True
        trainable = bool(self.pool.labelled) or any(answer.ids for answer in answers)
        if trainable and done >= self.oracle.enough * asked - 1e-9:  # 0.8 * 15 is 12.000000000000002
            return True
        if self.proceed != waiting.round:
            return False
        new = any(answer.ids or answer.refused for answer in answers)
        if not (trainable and new):
            log.warning(
                "--proceed: none of the images of round %d is answered yet, so there is nothing to go on with",
                waiting.round,
            )
        return trainable and new


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
