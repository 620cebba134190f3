"""Streaming pass over the pool: scores are reduced on the device, features written into one array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg import distributed
from alseg.acquisition.acquisition import Acquisition
from alseg.data.padding import unpadded
from alseg.data.pool import PoolDataModule
from alseg.data.region import Region
from alseg.errors import QueryError
from alseg.prediction import Batch, Prediction
from alseg.selection.candidates import Candidates


class Scan(pl.Callback):
    """Turns each predicted batch into scores and features at once, and keeps no probability map beyond its batch.

    Args:
        acquisition: scores a batch; None for features alone.
        keep_features: whether the selector needs features.
        keep_probabilities: whether it needs the class probabilities of whole images; for classification.
        keep_class_scores: whether it needs a score for each class.
        count: images that this rank scans.
        frames: the part without padding of each row of the data set, where images are padded: scores are of that alone.
    """

    def __init__(
        self,
        acquisition: Acquisition | None,
        *,
        keep_features: bool,
        keep_probabilities: bool,
        keep_class_scores: bool = False,
        count: int,
        frames: Sequence[Region] | None = None,
    ) -> None:
        self.acquisition = acquisition
        self.frames = frames
        self.keep_features = keep_features
        self.keep_probabilities = keep_probabilities
        self.keep_class_scores = keep_class_scores
        self.rows = np.empty(count, dtype=np.int64)
        self.scores = np.full(count, np.nan, dtype=np.float32)
        self.features: NDArray[np.float32] | None = None
        self.probabilities: NDArray[np.float32] | None = None
        self.class_scores: NDArray[np.float32] | None = None
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
            self.scores[place] = self._scores(self.acquisition, prediction).float().cpu().numpy()
            if self.keep_class_scores:
                self.class_scores = self._keep(
                    self.class_scores, self._scores(self.acquisition.by_class, prediction), place
                )
        if self.keep_features:
            self.features = self._keep(self.features, prediction.features, place)
        if self.keep_probabilities:
            self.probabilities = self._keep(self.probabilities, prediction.mean, place)

    def _scores(self, score: Callable[[Prediction], Tensor], prediction: Prediction) -> Tensor:
        if self.frames is None or prediction.logits.ndim == 3:
            return score(prediction)
        rows = self.rows[self.seen - prediction.logits.shape[1] : self.seen]
        return torch.cat([score(unpadded(prediction, i, self.frames[row])) for i, row in enumerate(rows)])

    def _keep(self, array: NDArray[np.float32] | None, values: Tensor, place: slice) -> NDArray[np.float32]:
        """Write ``(B, D)`` values into their place of one array for all images, which the first batch makes."""
        if array is None:
            array = np.empty((len(self.rows), values.shape[1]), dtype=np.float32)
        array[place] = values.float().cpu().numpy()
        return array


def scan(
    make_trainer: Callable[[list[pl.Callback]], pl.Trainer],
    learner: pl.LightningModule,
    pool: PoolDataModule,
    acquisition: Acquisition | None,
    *,
    keep_features: bool,
    keep_probabilities: bool = False,
    keep_class_scores: bool = False,
) -> Candidates:
    """Predict the unlabelled pool once, and the labelled images too where features are needed.

    Args:
        make_trainer: makes a fresh trainer with the given callbacks.
        learner: trained; any module that predicts a :class:`Prediction` for a batch.
        pool: the data, and which images are labelled.
        acquisition: scores the images; None for features alone.
        keep_features: whether to collect features.
        keep_probabilities: whether to collect the class probabilities of the unlabelled images; for classification.
        keep_class_scores: whether to collect a score for each class of the unlabelled images.

    Returns:
        The candidates with everything that was gathered, the same on every rank.

    Raises:
        QueryError: if a score, a feature or a probability is not finite.
    """
    unlabelled, labelled = pool.unlabelled, pool.labelled if keep_features else ()
    ids = (*unlabelled, *labelled)
    loader = pool.scan_dataloader(ids)
    keep = {
        "keep_features": keep_features,
        "keep_probabilities": keep_probabilities,
        "keep_class_scores": keep_class_scores,
    }
    part = Scan(acquisition, **keep, count=len(loader.dataset), frames=pool.dataset.frames)  # type: ignore[arg-type]
    make_trainer([part]).predict(learner, loader, return_predictions=False)
    return _candidates(pool.dataset.ids, unlabelled, pool.labelled, part, with_scores=acquisition is not None)


def _candidates(
    names: Sequence[str], unlabelled: Sequence[str], labelled: Sequence[str], part: Scan, *, with_scores: bool
) -> Candidates:
    parts = distributed.gather([(part.rows, part.scores, part.features, part.probabilities, part.class_scores)])
    all_rows, all_scores, all_features, all_probabilities, all_class_scores = zip(*parts)
    place = {names[row]: i for i, row in enumerate(np.concatenate(all_rows))}
    u = [place[id_] for id_ in unlabelled]
    candidates = Candidates(
        tuple(unlabelled),
        scores=np.concatenate(all_scores)[u] if with_scores else None,
        labelled_ids=tuple(labelled),
    )
    features, probabilities = _joined(all_features, "feature"), _joined(all_probabilities, "probability")
    class_scores = _joined(all_class_scores, "score")
    if class_scores is not None:
        candidates = replace(candidates, class_scores=class_scores[u])
    if probabilities is not None:
        candidates = replace(candidates, probabilities=probabilities[u])
    if features is not None:
        known = features[[place[id_] for id_ in labelled]]
        candidates = replace(candidates, features=features[u], labelled_features=known)
    return candidates


def _joined(parts: Sequence[NDArray[np.float32] | None], what: str) -> NDArray[np.float32] | None:
    """Concatenate the arrays of all ranks; None where no rank kept any."""
    kept = [part for part in parts if part is not None]
    if not kept:
        return None
    joined = np.concatenate(kept)
    if not np.isfinite(joined).all():
        raise QueryError(f"scan: a {what} is not finite; did the training diverge?")
    return joined
