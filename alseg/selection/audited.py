"""A share of the query drawn at random and hidden among the picks, so that the model can be audited on it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.wrapper import Wrapper

NOTE = "audit"
WHY = "random draw, for the audit"


class Audited(Wrapper):
    """The inner selector picks, and a share of the n images is drawn uniformly from all the others; their order is shuffled.

    The inner selector picks first, the same images as without an audit in a query of that size. Every other candidate has the
    same probability to be drawn, whatever its group: that draws groups in proportion to their size, and images within them.
    Numbers are rounded so that their sum over the rounds keeps to the share, and a query of 2 has one to draw now and then.

    ``notes["audit"]`` holds ``ids``, those that were drawn, ``rest``, the number that they were drawn from, and ``preannotate``;
    where the inner selector notes ``picks``, they get an entry too.

    Args:
        of: the inner selector.
        share: of each query that is drawn, above 0 and at most 1.
        preannotate: whether annotators may see what the model predicts; their answers lean to what they see.
    """

    def __init__(self, of: Selector, share: float = 0.2, preannotate: bool = False) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"share={share}: it is a share of the query, above 0 and at most 1")
        super().__init__(of)
        self.share, self.preannotate = share, preannotate

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        drawn = n_drawn(self.share, n, candidates.round)
        everything = np.arange(len(candidates))
        picks = self.inner(candidates, everything, n - drawn, rng) if drawn < n else everything[:0]
        rest = np.setdiff1d(everything, picks)
        audit = rng.choice(rest, size=drawn, replace=False)
        order = rng.permutation(np.concatenate([picks, audit]))
        if drawn:
            ids = [candidates.ids[row] for row in np.sort(audit)]
            candidates.notes[NOTE] = {"ids": ids, "rest": len(rest), "preannotate": self.preannotate}
            candidates.explain(audit, WHY)
        if "picks" in candidates.notes:
            said = {pick["id"]: pick for pick in candidates.notes["picks"]}
            here = [candidates.ids[row] for row in order]
            candidates.notes["picks"] = [said.get(id_, {"id": id_, "why": WHY}) for id_ in here]
        return order


def n_drawn(share: float, n: int, round_: int) -> int:
    """How many of the n images of a round are drawn: the sum over the rounds, from 1 on, is the share of all of them, rounded."""
    after, before = (math.floor(share * n * number + 0.5 + 1e-9) for number in (max(round_, 1), max(round_, 1) - 1))
    return after - before
