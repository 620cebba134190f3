"""The seeding of k-means++, for any distance that can be computed from some rows to all."""

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
    distances_to: Callable[[NDArray[np.intp]], NDArray[np.float32]],
    rng: np.random.Generator,
    trials: int = 1,
) -> NDArray[np.intp]:
    """``first``, then rows drawn with probability proportional to the squared distance to the nearest one before.

    With several ``trials`` the drawn row is taken that leaves the smallest sum of squared distances (greedy k-means++): one
    draw each finds all of a dozen clear clusters one time in ten, three or four draws most of the time.

    Args:
        first: row to begin with.
        k: rows at most; there are fewer where there are fewer distinct points.
        norms: ``(N,)`` squared norms of the points.
        distances_to: ``(t, N)`` squared distances of t rows to all points, in an array that may be overwritten; all trials of a
            place are asked for together, since each pass over the points takes as long as its memory.
        rng: draws ``trials`` numbers per row but the first.
        trials: rows drawn for each place.

    Source: Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007; the greedy form is in their
    conclusion, and what scikit-learn does.
    """

    def to_seeds(rows: NDArray[np.intp], nearest: NDArray[np.float32]) -> NDArray[np.float32]:
        distances = distances_to(rows)
        distances[distances <= ROUNDING * (norms + norms[rows, None])] = 0
        return np.minimum(nearest, distances, out=distances)

    nearest = to_seeds(np.array([first]), np.full(len(norms), np.inf, dtype=np.float32))[0]
    seeds = [first]
    while len(seeds) < k:
        mass = np.cumsum(nearest, dtype=np.float64)
        if mass[-1] == 0:
            break
        drawn = mass.searchsorted(rng.random(trials) * mass[-1], side="right").clip(max=len(norms) - 1)
        tried = to_seeds(drawn, nearest)
        best = int(tried.sum(axis=1, dtype=np.float64).argmin())
        nearest = tried[best]
        seeds.append(int(drawn[best]))
    return np.array(seeds, dtype=np.intp)
