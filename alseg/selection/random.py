"""Random selection: the control of every experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


class Random(Selector):
    """n images, uniformly and without replacement."""

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        rows = rng.choice(len(candidates), size=n, replace=False)
        candidates.explain(rows, "random draw")
        return rows
