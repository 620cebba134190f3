"""The largest scores first, then another selector among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.top import Top
from alseg.selection.wrapper import Wrapper


class Prefilter(Wrapper):
    """The inner selector sees only the ``factor`` · n candidates with the largest scores; ties are broken at random.

    Around :class:`KMeans` this is uncertainty × cluster.

    Args:
        of: the inner selector.
        factor: at least 1; 1 leaves the inner selector no choice.

    Source: Zhdanov, "Diverse Mini-Batch Active Learning", arXiv 1901.05954, 2019.
    """

    adds = frozenset({"scores"})

    def __init__(self, of: Selector, factor: float = 10) -> None:
        if factor < 1:
            raise ValueError(f"factor={factor}: fewer candidates than picks; 1 is the least")
        super().__init__(of)
        self.factor = factor

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        keep = min(round(self.factor * n), len(candidates))
        return self.inner(candidates, Top().pick(candidates, keep, rng), n, rng)
