"""BADGE: images whose gradients would be large and different."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.geometry.farthest import squared_norms
from alseg.selection.geometry.seeding import spread_seeds
from alseg.selection.selector import Selector


class Badge(Selector):
    """k-means++ seeding of the gradients that the last layer would see if the predicted class were the true one.

    The gradient of the cross-entropy by the weights of a linear head is g = r ⊗ z, with r = p - onehot(argmax p), p the
    class probabilities and z the features. The first pick has the largest |g|; each other one is drawn with probability
    proportional to the squared distance of its g to the nearest pick. Labelled images have no influence. g has C · D values
    and is never made: |g_i - g_j|² = |r_i|²|z_i|² + |r_j|²|z_j|² - 2 (r_i · r_j)(z_i · z_j). Where the pool has fewer than n
    distinct gradients, the rest is drawn uniformly (ours).

    p is the mean over the members, z whatever features the strategy compares images by.

    Source: Ash et al., "Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds", ICLR 2020 (the first
    pick as in its released code).
    """

    needs = frozenset({"features", "probabilities"})

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.probabilities is not None
        assert candidates.features is not None
        z, r = np.ascontiguousarray(candidates.features), candidates.probabilities.copy()
        r[np.arange(len(r)), r.argmax(axis=1)] -= 1
        norms = squared_norms(r) * squared_norms(z)

        def distances_to(rows: NDArray[np.intp]) -> NDArray[np.float32]:
            distances: NDArray[np.float32] = r[rows] @ r.T
            distances *= z[rows] @ z.T
            distances *= -2
            distances += norms
            distances += norms[rows, None]
            return distances

        picks = spread_seeds(int(norms.argmax()), n, norms, distances_to, rng)
        rest = np.delete(np.arange(len(r)), picks)
        return np.concatenate([picks, rng.choice(rest, n - len(picks), replace=False)])
