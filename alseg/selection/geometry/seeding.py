"""The seeding of k-means++, for any distance that can be computed from one row to all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6
"""A squared distance below this share of the squared norms is rounding: the two points are one."""


def spread_seeds(
    first: int,
    k: int,
    norms: NDArray[np.float32],
    distances_to: Callable[[int], NDArray[np.float32]],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """``first``, then rows drawn with probability proportional to the squared distance to the nearest one before.

    Args:
        first: row to begin with.
        k: rows at most; there are fewer where there are fewer distinct points.
        norms: ``(N,)`` squared norms of the points.
        distances_to: ``(N,)`` squared distances of all points to one row, in an array that may be overwritten.
        rng: draws one number per row but the first.

    Source: Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007.
    """
    nearest = np.full(len(norms), np.inf, dtype=np.float32)
    seeds = [first]
    while len(seeds) < k:
        distances = distances_to(seeds[-1])
        distances[distances <= ROUNDING * (norms + norms[seeds[-1]])] = 0
        np.minimum(nearest, distances, out=nearest)
        mass = np.cumsum(nearest, dtype=np.float64)
        if mass[-1] == 0:
            break
        seeds.append(min(int(mass.searchsorted(rng.random() * mass[-1], side="right")), len(norms) - 1))
    return np.array(seeds, dtype=np.intp)
