"""The best of many random batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


class StochasticBatches(Selector):
    """The pool is permuted and cut into groups of n; the group with the largest mean score is taken.

    floor(N / n) groups compete, and the N mod n images left over are not considered. Picks come largest score first.

    Source: Gaillochet, Desrosiers and Lombaert, "Active Learning for Medical Image Segmentation with Stochastic
    Batches", Medical Image Analysis 90, 2023.
    """

    needs = frozenset({"scores"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.scores is not None
        groups = rng.permutation(len(candidates))[: len(candidates) // n * n].reshape(-1, n)
        means = candidates.scores[groups].mean(axis=1, dtype=np.float64)
        best: NDArray[np.intp] = groups[means.argmax()]
        order: NDArray[np.intp] = np.argsort(-candidates.scores[best], kind="stable")
        return best[order]
