"""Base class of selectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from alseg.errors import QueryError
from alseg.selection.candidates import Candidates

Need = Literal["scores", "class_scores", "features", "probabilities", "groups", "truth"]


class Selector(ABC):
    """Picks ids out of the unlabelled pool.

    A subclass writes :meth:`pick` alone. :meth:`select` puts the candidates in one canonical order first, so that no
    choice depends on the order of files on disk, and holds every subclass to the contract.
    """

    needs: ClassVar[frozenset[Need]] = frozenset()
    """Fields that the candidates must have."""

    @abstractmethod
    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """``(n,)`` distinct rows of the candidates, in the order of the picks; ``1 <= n < len(candidates)``."""

    def select(self, candidates: Candidates, n: int, rng: np.random.Generator) -> list[str]:
        """n distinct ids of the candidates, or all of them where there are no more than n.

        Raises:
            QueryError: if n is negative, the candidates lack what this selector needs, or it broke its contract.
        """
        if n < 0:
            raise QueryError(f"selector {type(self).__name__}: cannot select {n} images")
        for need in sorted(self.needs):
            if getattr(candidates, need) is None:
                raise QueryError(f"selector {type(self).__name__} needs {need}, and the candidates have none")
        candidates = candidates.take(np.argsort(np.array(candidates.ids, dtype=str), kind="stable"))
        if n >= len(candidates):
            return list(candidates.ids)
        if n == 0:
            return []
        rows = np.asarray(self.pick(candidates, n, rng))
        if len(rows) != n or len(np.unique(rows)) != n:
            raise QueryError(
                f"selector {type(self).__name__}: it picked {len(np.unique(rows))} distinct images, not {n}"
            )
        return [candidates.ids[row] for row in rows]
