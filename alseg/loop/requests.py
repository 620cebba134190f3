"""Requests to the oracle, made of what the ledger says of a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alseg.data.metadata import metadata_texts
from alseg.data.pool import PoolDataModule
from alseg.loop.models import Models
from alseg.loop.predicting import class_probabilities
from alseg.oracles.request import Request
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder

BLIND = "in no order: some were picked, and some drawn at random to audit the model"


@dataclass(frozen=True)
class Requests:
    """Makes requests; the same query gives the same one, in every process.

    Args:
        pool: knows the files and the manifest's columns of images.
        models: the model of the round before predicts what is asked for.
        ledger: holds the queries and what was answered.
        folder: of the run.
    """

    pool: PoolDataModule
    models: Models
    ledger: Ledger
    folder: RunFolder

    def open(self, round_: int) -> list[Request]:
        """Requests of earlier rounds with open ids, the oldest first, and then that of a round."""
        before = [self._of(event["round"], late=True) for event in self.ledger.of("queried") if event["round"] < round_]
        return [*(request for request in before if request.open), self._of(round_, late=False)]

    def _of(self, round_: int, *, late: bool) -> Request:
        query = self.ledger.find("queried", round_)
        assert query is not None
        ids, dataset = tuple(query["ids"]), self.pool.dataset
        files = {} if dataset.files is None else {id_: dataset.files[self.pool.row(id_)] for id_ in ids}
        scores = query.get("scores")
        reasons = tuple(query.get("reasons") or [""] * len(ids))  # earlier versions recorded none
        audit = (query.get("notes") or {}).get("audit")
        if audit:  # nobody may see which images were drawn at random: no order, score, reason or prediction tells
            scores, reasons = None, (BLIND,) * len(ids)

        def predictions(wanted: Sequence[str]) -> NDArray[np.float32]:
            gpu = self.models.training.config.accelerator in ("auto", "gpu")
            return class_probabilities(self.models.trained(round_ - 1), self.pool, wanted, gpu=gpu)

        return Request(
            round=round_,
            ids=ids,
            strategy=query["strategy"],
            groups=tuple(query["groups"]),
            reasons=reasons,
            scores=None if scores is None else tuple(scores),
            files=files,
            metadata=metadata_texts(dataset, ids),
            predictions=None if late or round_ == 0 or (audit and not audit["preannotate"]) else predictions,
            run=self.folder.path,
            asked=query["time"],
            taken=frozenset(self.ledger.labelled) | frozenset(self.ledger.refused),
        )
