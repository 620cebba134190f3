"""A random part of the pool, then another selector on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.wrapper import Wrapper


class Subsample(Wrapper):
    """The inner selector sees only ``size`` random candidates (n, if that is more): less time, fewer near-duplicates.

    Args:
        of: the inner selector.
        size: candidates that are drawn anew in each query, uniformly and without replacement.
    """

    def __init__(self, of: Selector, size: int = 10_000) -> None:
        if size < 1:
            raise ValueError(f"size={size}: 1 is the least")
        super().__init__(of)
        self.size = size

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        keep = min(max(self.size, n), len(candidates))
        return self.inner(candidates, rng.choice(len(candidates), size=keep, replace=False), n, rng)
