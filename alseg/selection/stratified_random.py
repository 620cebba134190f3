"""Random selection, spread over the groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector


class StratifiedRandom(Selector):
    """Random images of as many groups (patients, recordings, slides) as possible.

    Repeatedly picks one random image of the group that has the fewest labelled or picked images, among those with any
    left; ties are broken at random. So no group gets a second image while another one has none. It needs no model.

    Source: stratified sampling with equal allocation, the groups as strata; counting what is labelled is ours.
    """

    needs = frozenset({"groups"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.groups is not None
        names, of = np.unique([*candidates.groups, *candidates.labelled_groups], return_inverse=True)
        pool, labelled = of[: len(candidates)], of[len(candidates) :]
        rows = rng.permutation(len(candidates))
        by_group = rows[np.argsort(pool[rows], kind="stable")]
        sizes = np.bincount(pool, minlength=len(names))
        rank = np.empty(len(rows), dtype=np.intp)
        rank[by_group] = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        # An image's turn: how many of its group are labelled or picked before it. lexsort sorts by its last key first.
        turn = rank + np.bincount(labelled, minlength=len(names))[pool]
        picks = np.lexsort((rng.random(len(rows)), turn))[:n]
        candidates.explain(picks, "random draw from one of the groups with the fewest labels")
        return picks
