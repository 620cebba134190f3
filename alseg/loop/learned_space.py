"""Embedding of a pool by the features of the trained model."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.data.pool import PoolDataModule
from alseg.learners.learner import Learner
from alseg.loop.feature_space import FeatureSpace
from alseg.terminal import shown

if TYPE_CHECKING:  # openTSNE and scikit-learn take a second to import
    from alseg.embeddings.tsne import TSNE


class LearnedSpace(FeatureSpace):
    """``embedding=learner``: features of each image by the model that was trained last, new after every training.

    It embeds the whole pool, labelled and refused images included, as a frozen embedding does: an additional pass. A
    strategy that wants no map can do without: ``strategy.space=learner`` takes the features out of the scan that
    scores the pool. In float32, whatever the precision of the training.

    Args:
        pool: whose images are embedded.
        make_map: factory of the map; None for no map.
        seed: of the map.
        gpu: whether the model may run on a GPU.
        progress: show a progress bar if stderr is a terminal.
    """

    needs_learner = True

    def __init__(
        self,
        pool: PoolDataModule,
        make_map: Callable[[], TSNE] | None,
        seed: int,
        *,
        gpu: bool = True,
        progress: bool = True,
    ) -> None:
        super().__init__(pool, make_map, seed)
        self.device = torch.device("cuda" if gpu and torch.cuda.is_available() else "cpu")
        self.progress = progress
        self._learner: Learner | None = None

    def use_learner(self, learner: Learner) -> None:
        """Embed with this model from now on."""
        if learner is not self._learner:
            self._learner = learner
            self.__dict__.pop("embedding", None)
            self.__dict__.pop("map", None)

    @cached_property
    def embedding(self) -> NDArray[np.float32]:
        learner, ids, size = self._learner, self.pool.split.pool, self.pool.eval_batch_size
        assert learner is not None, "no model was trained yet"
        learner.eval().to(self.device)
        batches = [ids[start : start + size] for start in range(0, len(ids), size)]
        with torch.inference_mode():
            parts = [
                learner.predict_step({"image": self.pool.images(batch).to(self.device)}).features.float().cpu()
                for batch in shown(batches, len(batches), "Embedding the pool", self.progress)
            ]
        return torch.cat(parts).numpy()
