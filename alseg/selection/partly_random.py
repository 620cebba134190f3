"""A share of the query at random, another selector for the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.wrapper import Wrapper


class PartlyRandom(Wrapper):
    """A share of the n images is drawn uniformly from all candidates, and the inner selector picks the rest.

    Args:
        of: the inner selector.
        share: of the query that is drawn uniformly, from 0 to 1, rounded to whole images.
    """

    def __init__(self, of: Selector, share: float = 0.5) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share={share}: it is a share of the query, from 0 to 1")
        super().__init__(of)
        self.share = share

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        order, drawn = rng.permutation(len(candidates)), round(self.share * n)
        candidates.explain(order[:drawn], "random draw")
        if drawn == n:
            return order[:n]
        return np.concatenate([order[:drawn], self.inner(candidates, order[drawn:], n - drawn, rng)])
