"""A ceiling, not a strategy: it knows the labels, and picks those that would help most."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.worth import RidgeWorth, Worth

log = logging.getLogger(__name__)


class GreedyOracle(Selector):
    """Repeatedly picks the image whose true label, added to what is labelled and picked, makes the best model.

    No annotator could ask so: it says how much there is to be gained by asking, at most, for the model that judges. Greedy is
    not optimal, and another model than the one that judges may gain less. The pool's hidden labels judge, not the test set.

    What needs ``truth`` is given it by the loop alone, is named ``oracle_...`` (:class:`~alseg.strategy.Strategy` sees to that),
    says so in a warning with each query, and has ``sees_hidden_labels`` in its notes.

    Args:
        worth: judges models.
        tries: candidates that are judged for each pick, drawn at random; None judges all.
    """

    needs = frozenset({"features", "truth"})

    def __init__(self, worth: Worth | None = None, tries: int | None = 200) -> None:
        if tries is not None and tries < 1:
            raise ValueError(f"tries={tries}: at least 1 (null judges all)")
        self.worth = RidgeWorth() if worth is None else worth
        self.tries = tries

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.features is not None
        assert candidates.truth is not None
        log.warning("round %d: this query sees the hidden labels; it is a ceiling, and no strategy", candidates.round)
        candidates.notes["sees_hidden_labels"] = True
        known = candidates.labelled_features.reshape(-1, candidates.features.shape[1])
        features = np.concatenate([candidates.features, known])
        classes = np.array(
            [candidates.truth[id_] for id_ in (*candidates.ids, *candidates.labelled_ids)], dtype=np.intp
        )
        taken = np.arange(len(candidates), len(features))
        left = rng.permutation(len(candidates))  # argmax takes the first of equals: the order is the lot
        picks = np.empty(n, dtype=np.intp)
        for i in range(n):
            tried = left if self.tries is None else rng.permutation(left)[: self.tries]
            picks[i] = tried[int(np.argmax(self.worth(features, classes, taken, tried)))]
            left = left[left != picks[i]]
            taken = np.append(taken, picks[i])
        return picks
