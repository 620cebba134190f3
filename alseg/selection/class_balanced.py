"""Equal numbers of every predicted class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.allocation import largest_remainder
from alseg.selection.wrapper import Wrapper


class ClassBalanced(Wrapper):
    """The query is shared equally among the classes that the model predicts, and the inner selector picks in each.

    An image's class is that of the largest mean probability over the members; true labels are not used. A class with
    fewer images than its share gives all, and the others share what is left; where the shares are not whole numbers, the
    larger classes get one more. Labelled images have no influence. The classes take turns in the order of picks.

    ``notes`` get ``predicted``, how many candidates each class has, and ``allocation``, the picks of each; what the inner
    selector notes is dropped.

    Args:
        of: the inner selector; :class:`Random` makes it class-balanced random selection.

    Source: after Bengar et al., "Class-Balanced Active Learning for Image Classification", WACV 2022, which balances the
    labelled set by predicted classes too, by an optimisation; equal shares of the query are ours.
    """

    adds = frozenset({"probabilities"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.probabilities is not None
        predicted = candidates.probabilities.argmax(axis=1)
        sizes = np.bincount(predicted, minlength=candidates.probabilities.shape[1])
        shares = equal_shares(sizes, n)
        candidates.notes.update(predicted=sizes.tolist(), allocation=shares.tolist())
        alone = replace(candidates, notes={})
        picks = [self.inner(alone, np.flatnonzero(predicted == c), int(shares[c]), rng) for c in np.flatnonzero(shares)]
        turns = np.concatenate([np.arange(len(rows)) for rows in picks])
        return np.concatenate(picks)[np.argsort(turns, kind="stable")]


def equal_shares(sizes: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """``(k,)`` shares of ``total``, as equal as the sizes allow; what cannot be equal goes to the larger."""
    order = np.argsort(-sizes, kind="stable")
    shares = np.zeros(len(sizes), dtype=np.intp)
    shares[order] = largest_remainder((sizes[order] > 0).astype(np.intp), sizes[order], total)
    return shares
