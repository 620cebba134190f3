"""Where the features come from that a strategy compares images by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from alseg.embeddings.cache import embed, map_2d
from alseg.embeddings.embedding import Embedding
from alseg.errors import ConfigError
from alseg.pool import PoolDataModule

if TYPE_CHECKING:  # openTSNE and scikit-learn take a second to import
    from alseg.embeddings.tsne import TSNE

Space = Literal["learner", "embedding", "map"]
SPACES: tuple[str, ...] = get_args(Space)


@dataclass
class FrozenSpace:
    """The frozen embedding of a pool, and its two-dimensional map; each is computed when it is first asked for.

    Args:
        pool: whose images are embedded. Validation and test images take no part in the map.
        make_embedding: the extractor.
        make_map: what makes the map; None where nobody wants one.
        seed: of the map.
    """

    pool: PoolDataModule
    make_embedding: Callable[[], Embedding]
    make_map: Callable[[], TSNE] | None
    seed: int

    def check(self, space: Space) -> None:
        """Find out whether it can work, before any training.

        Raises:
            ConfigError: if the extractor or the map cannot.
        """
        _ = self._embedding.dimensions
        if space == "map":
            _ = self._tsne

    def features(self, space: Space, ids: Sequence[str]) -> NDArray[np.float32]:
        """``(n, D)`` of images of the pool; D is 2 on the map."""
        place = self._place
        array = self.map if space == "map" else self.embedding
        return np.asarray(array[[place[id_] for id_ in ids]])

    @cached_property
    def embedding(self) -> NDArray[np.float32]:
        """``(N, D)``, in the order of the split's pool."""
        # The whole data set, so that all seeds of a sweep share one entry of the cache whatever their splits are.
        rows = [self.pool.row(id_) for id_ in self.pool.split.pool]
        return embed(self._embedding, self.pool.dataset.images)[rows]

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
    def _embedding(self) -> Embedding:
        return self.make_embedding()

    @cached_property
    def _place(self) -> dict[str, int]:
        return {id_: row for row, id_ in enumerate(self.pool.split.pool)}
