"""The largest scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


class Top(Selector):
    """The n images with the largest scores, largest first; ties are broken at random."""

    needs = frozenset({"scores"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.scores is not None
        # lexsort sorts by its last key first: by falling score, then by lot.
        return np.lexsort((rng.random(len(candidates)), -candidates.scores))[:n]
