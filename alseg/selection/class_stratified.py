"""A share of the query for each class, by scores of that class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.wrapper import Wrapper


class ClassStratified(Wrapper):
    """A share of the query is divided equally among the classes, and each part is picked by the scores of its class.

    The score of an image for class c is its pixel scores times the probability of c, reduced as all scores are. floor(share ·
    n) images go to the classes; what cannot be divided goes to classes drawn by lot. The classes pick in random order,
    none of them what another has picked, and then the inner selector picks the rest of the query by the scores themselves.

    ``notes`` get ``allocation``, the picks of each class, and ``overall``, those by the scores themselves; what the inner
    selector notes is dropped.

    Args:
        of: the inner selector.
        share: of the query that is divided, from 0 to 1; 0.66 in the paper.
        background: True if class 0 is a class like the others.

    Source: Lüth et al., "Finally Outshining the Random Baseline", TMLR 2026, arXiv 2601.13677 (ClaSP PE: with entropy as the
    score, and annealed power noise inside; images in the place of patches are ours).
    """

    adds = frozenset({"scores", "class_scores"})

    def __init__(self, of: Selector, share: float = 0.66, background: bool = False) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share={share}: it is a share of the query, from 0 to 1")
        super().__init__(of)
        self.share = share
        self.background = background

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        by_class = candidates.class_scores
        assert by_class is not None
        classes = rng.permutation(np.arange(0 if self.background else 1, by_class.shape[1]))
        allocation = np.zeros(by_class.shape[1], dtype=np.intp)
        if len(classes):
            each, left_over = divmod(int(self.share * n + 1e-9), len(classes))
            allocation[classes] = each
            allocation[classes[:left_over]] += 1
        candidates.notes.update(allocation=allocation.tolist(), overall=n - int(allocation.sum()))
        left = np.arange(len(candidates))
        picks: list[NDArray[np.intp]] = []
        parts = [(by_class[:, c], int(allocation[c])) for c in classes]
        for scores, count in [*parts, (candidates.scores, n - int(allocation.sum()))]:
            if count:
                picks.append(self.inner(replace(candidates, scores=scores, notes={}), left, count, rng))
                left = np.setdiff1d(left, picks[-1])
        return np.concatenate(picks)
