"""A cold start that asks for nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


class Labelled(Selector):
    """Begins with the labels that the data set brings along, and asks for no other image: a cold start alone."""

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        return np.empty(0, dtype=np.intp)
