"""Medoid: the member of a cluster with the least mean distance to all others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def medoid(points: NDArray[np.float32]) -> int:
    """The row whose mean Euclidean distance to all rows is the least; of equals, the first that is looked at.

    Exact, without all pairs: with E(j) known, the triangle inequality gives E(i) >= |E(j) - d(i, j)|, and a row whose
    bound is no better than the best so far is never looked at. Rows are tried from the mean outwards. In two dimensions
    about the square root of N are looked at.

    Args:
        points: ``(N, D)``, N at least 1.

    Source: Newling and Fleuret, "A Sub-Quadratic Exact Medoid Algorithm", AISTATS 2017.
    """
    from_mean = np.linalg.norm(points - points.mean(axis=0, dtype=np.float64).astype(points.dtype), axis=1)
    bounds = np.zeros(len(points))
    best, least = 0, np.inf
    for row in np.argsort(from_mean, kind="stable"):
        if bounds[row] >= least:
            continue
        distances = np.linalg.norm(points - points[row], axis=1)
        mean = float(distances.mean(dtype=np.float64))
        if mean < least:
            best, least = int(row), mean
        np.maximum(bounds, np.abs(mean - distances), out=bounds)
    return best
