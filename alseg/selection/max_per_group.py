"""At most so many images of one group in a query, whatever selector picks them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.wrapper import Wrapper


class MaxPerGroup(Wrapper):
    """The inner selector picks, but no more than ``most`` images of one group (patient, volume, recording, slide).

    What it picks beyond that is put back, and it picks again for the places that are left, among the groups that are not full;
    what is picked already counts as labelled for it, and the numbers it notes are those of its first pick. If all groups are
    full before the query is, each may have ``most`` images more.

    Scores ask for the same patient again: neighbouring frames are equally uncertain, and teach little beside one another.

    Args:
        of: the inner selector.
        most: images of one group in one query, at least 1; what is labelled from earlier rounds does not count.
    """

    adds = frozenset({"groups"})

    def __init__(self, of: Selector, most: int = 1) -> None:
        if most < 1:
            raise ValueError(f"most={most}: at least 1")
        super().__init__(of)
        self.most = most

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.groups is not None
        of = np.unique(candidates.groups, return_inverse=True)[1]
        taken, free, most = np.zeros(of.max() + 1, dtype=np.intp), np.ones(len(of), dtype=bool), self.most
        picks: list[int] = []
        while len(picks) < n:
            left = np.flatnonzero(free & (taken[of] < most))
            if not len(left):
                most += self.most
                continue
            # One less than there are: asked for all, nothing would say which of a group comes first.
            wanted = min(n - len(picks), max(1, len(left) - 1))
            for row in self.inner(_with_labelled(candidates, picks), left, wanted, rng):
                if taken[of[row]] < most:
                    picks.append(int(row))
                    taken[of[row]] += 1
                    free[row] = False
        return np.array(picks, dtype=np.intp)


def _with_labelled(candidates: Candidates, picks: list[int]) -> Candidates:
    """The candidates, with picks among the labelled images."""
    if not picks:
        return candidates
    features, known = candidates.features, candidates.labelled_features
    return replace(
        candidates,
        labelled_ids=(*candidates.labelled_ids, *(candidates.ids[row] for row in picks)),
        labelled_features=known
        if features is None
        else np.concatenate([known.reshape(-1, features.shape[1]), features[picks]]),
        labelled_groups=(*candidates.labelled_groups, *((candidates.groups or ())[row] for row in picks)),
        notes={},
    )
