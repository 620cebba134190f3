"""The one streaming pass over the pool: scores are reduced on the device, features written into one array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
from numpy.typing import NDArray

from alseg import distributed
from alseg.acquisition.acquisition import Acquisition
from alseg.errors import QueryError
from alseg.learners.learner import Batch
from alseg.pool import PoolDataModule
from alseg.prediction import Prediction
from alseg.selection.candidates import Candidates


class Scan(pl.Callback):
    """Turns each predicted batch into scores and features at once, so that no probability map outlives its batch.

    Args:
        acquisition: scores a batch; None for features alone.
        keep_features: whether the selector wants features.
        count: images that this rank will see.
    """

    def __init__(self, acquisition: Acquisition | None, *, keep_features: bool, count: int) -> None:
        self.acquisition = acquisition
        self.keep_features = keep_features
        self.rows = np.empty(count, dtype=np.int64)
        self.scores = np.full(count, np.nan, dtype=np.float32)
        self.features: NDArray[np.float32] | None = None
        self.seen = 0

    def on_predict_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Batch, *_: Any
    ) -> None:
        """Reduce one batch."""
        prediction: Prediction = outputs
        place = slice(self.seen, self.seen + len(batch["row"]))
        self.seen = place.stop
        self.rows[place] = batch["row"].cpu().numpy()
        if self.acquisition is not None:
            self.scores[place] = self.acquisition(prediction).float().cpu().numpy()
        if self.keep_features:
            features = prediction.features.float().cpu().numpy()
            if self.features is None:
                self.features = np.empty((len(self.rows), features.shape[1]), dtype=np.float32)
            self.features[place] = features


def scan(
    make_trainer: Callable[[list[pl.Callback]], pl.Trainer],
    learner: pl.LightningModule,
    pool: PoolDataModule,
    acquisition: Acquisition | None,
    *,
    keep_features: bool,
) -> Candidates:
    """Look at the unlabelled pool once, and at the labelled images too where features are wanted.

    Args:
        make_trainer: makes a fresh trainer with the given callbacks.
        learner: trained; whatever predicts a :class:`Prediction` for a batch.
        pool: says what is labelled.
        acquisition: scores the images; None for features alone.
        keep_features: whether to collect features.

    Returns:
        The candidates with everything that was gathered, the same on every rank.

    Raises:
        QueryError: if a score or a feature is not finite.
    """
    unlabelled, labelled = pool.unlabelled, pool.labelled if keep_features else ()
    ids = (*unlabelled, *labelled)
    loader = pool.scan_dataloader(ids)
    part = Scan(acquisition, keep_features=keep_features, count=len(loader.dataset))  # type: ignore[arg-type]
    make_trainer([part]).predict(learner, loader, return_predictions=False)
    return _candidates(pool.dataset.ids, unlabelled, pool.labelled, part, with_scores=acquisition is not None)


def _candidates(
    names: Sequence[str], unlabelled: Sequence[str], labelled: Sequence[str], part: Scan, *, with_scores: bool
) -> Candidates:
    parts = distributed.gather([(part.rows, part.scores, part.features)])
    place = {names[row]: i for i, row in enumerate(np.concatenate([rows for rows, _, _ in parts]))}
    u = [place[id_] for id_ in unlabelled]
    scores = np.concatenate([scores for _, scores, _ in parts])[u] if with_scores else None
    kept = [features for _, _, features in parts if features is not None]
    if not kept:
        return Candidates(tuple(unlabelled), scores, labelled_ids=tuple(labelled))
    features = np.concatenate(kept)
    if not np.isfinite(features).all():
        raise QueryError("scan: a feature is not finite; did the training diverge?")
    return Candidates(
        tuple(unlabelled), scores, features[u], tuple(labelled), features[[place[id_] for id_ in labelled]]
    )
