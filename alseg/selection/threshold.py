"""All scores from a level on, then another selector among them."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.top import Top
from alseg.selection.wrapper import Wrapper

log = logging.getLogger(__name__)


class Threshold(Wrapper):
    """The inner selector sees only the candidates whose score reaches a level.

    Where there are no more than n of those, all are picked, and the largest scores below the level fill the query up;
    ties are broken at random.

    ``notes`` get ``level`` and ``reached``, how many candidates reach it; what the inner selector notes; and where it had
    no choice, ``picks`` in their order, each with ``id`` and ``why``.

    Args:
        of: the inner selector.
        level: see above; :class:`Disagreement` scores 1 or more exactly where the members' classes differ.

    Source: Zhong et al., "UniSAL", Medical Image Analysis 102, 2025, 103542, asks among all images on which two networks
    disagree (filling up is ours: the released code fails where there are fewer than n).
    """

    adds = frozenset({"scores"})

    def __init__(self, of: Selector, level: float = 1.0) -> None:
        super().__init__(of)
        self.level = float(level)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.scores is not None
        reached = np.flatnonzero(candidates.scores >= self.level)
        candidates.notes.update(level=self.level, reached=len(reached))
        if len(reached) > n:
            return self.inner(candidates, reached, n, rng)
        if len(reached) < n:
            log.info("the scores of %d of %d images reach %g; the next largest fill up", len(reached), n, self.level)
        picks = Top().pick(candidates, n, rng)
        why = ["reaches the level"] * len(reached) + ["among the largest below the level"] * (n - len(reached))
        candidates.notes["picks"] = [{"id": candidates.ids[row], "why": w} for row, w in zip(picks, why)]
        return picks
