"""Sources of the features that strategies compare images by, and that a run's map is drawn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from alseg.data.pool import PoolDataModule
from alseg.embeddings.cache import map_2d
from alseg.embeddings.dataset import embed_dataset
from alseg.embeddings.embedding import Embedding
from alseg.errors import ConfigError
from alseg.learners.learner import Learner
from alseg.strategy import Space

if TYPE_CHECKING:  # openTSNE and scikit-learn take a second to import
    from alseg.embeddings.tsne import TSNE


class FeatureSpace(ABC):
    """An embedding of a pool, and its two-dimensional map; each is computed on first use.

    Args:
        pool: whose images are embedded. Validation and test images take no part in the map.
        make_map: factory of the map; None for no map.
        seed: of the map.
    """

    needs_learner: ClassVar[bool] = False
    """True if the embedding needs a trained model, so that there is none before the first training."""

    def __init__(self, pool: PoolDataModule, make_map: Callable[[], TSNE] | None, seed: int) -> None:
        self.pool = pool
        self.make_map = make_map
        self.seed = seed

    @abstractmethod
    def use_learner(self, learner: Learner) -> None:
        """Use the model that was trained last from now on."""

    @property
    @abstractmethod
    def embedding(self) -> NDArray[np.float32]:
        """``(N, D)``, in the order of the split's pool."""

    @property
    def has_map(self) -> bool:
        """True if a map is configured."""
        return self.make_map is not None

    def check(self, space: Space) -> None:
        """Check, before any training, that extractor and map can work.

        Raises:
            ConfigError: if the extractor or the map cannot.
        """
        if space == "map":
            _ = self._tsne

    def features(self, space: Space, ids: Sequence[str]) -> NDArray[np.float32]:
        """``(n, D)`` of images of the pool; D is 2 on the map."""
        place = self._place
        array = self.map if space == "map" else self.embedding
        return np.asarray(array[[place[id_] for id_ in ids]])

    @cached_property
    def map(self) -> NDArray[np.float32]:
        """``(N, 2)``, in the order of the split's pool."""
        return map_2d(self.embedding, self._tsne, self.seed)

    @cached_property
    def _tsne(self) -> TSNE:
        if self.make_map is None:
            raise ConfigError("map=none: a strategy compares images on the map; choose map=tsne")
        return self.make_map()

    @cached_property
    def _place(self) -> dict[str, int]:
        return {id_: row for row, id_ in enumerate(self.pool.split.pool)}


class FrozenSpace(FeatureSpace):
    """The frozen embedding of a pool, the same in every round.

    Args:
        pool: whose images are embedded.
        make_embedding: factory of the extractor.
        make_map: factory of the map; None for no map.
        seed: of the map.
        compared: False if nobody compares images by the features, so that they serve the map alone and may be cheaper.
    """

    def __init__(
        self,
        pool: PoolDataModule,
        make_embedding: Callable[[], Embedding],
        make_map: Callable[[], TSNE] | None,
        seed: int,
        compared: bool = True,
    ) -> None:
        super().__init__(pool, make_map, seed)
        self.make_embedding = make_embedding
        self.compared = compared

    def use_learner(self, learner: Learner) -> None:
        """Do nothing: the embedding does not depend on the learner."""

    def check(self, space: Space) -> None:
        _ = self._embedding.dimensions
        super().check(space)

    @cached_property
    def embedding(self) -> NDArray[np.float32]:
        # The whole data set, so that all seeds of a sweep share one entry of the cache whatever their splits are.
        rows = [self.pool.row(id_) for id_ in self.pool.split.pool]
        return embed_dataset(self._embedding, self.pool.dataset)[rows]

    @cached_property
    def _embedding(self) -> Embedding:
        embedding = self.make_embedding()
        return embedding if self.compared else embedding.at_most(*self.pool.dataset.size)
