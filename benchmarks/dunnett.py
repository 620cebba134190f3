"""Dunnett's test with one pooled variance, to set beside the report's own: the usual choice where conditions spread alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from alseg.report.statistics.comparisons import BySeed, Comparison, compare

DRAWS = 200_000


def dunnett(pairs: Sequence[tuple[BySeed, BySeed]]) -> list[Comparison]:
    """Comparisons of a family with one control, whose corrected p is Dunnett's: seeds are blocks, the error is pooled.

    Args:
        pairs: ours and the control, seed to value; the control and the seeds are the same in all of them.

    Source: Dunnett, J. American Statistical Association 1955 (50).
    """
    found = compare(pairs)
    seeds = found[0].seeds
    values = np.array([[pairs[0][1][s], *(ours[s] for ours, _ in pairs)] for s in seeds])
    n, conditions = values.shape
    residuals = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    degrees = (n - 1) * (conditions - 1)
    error = (residuals**2).sum() / degrees
    t = (values[:, 1:] - values[:, :1]).mean(axis=0) / np.sqrt(2 * error / n)
    largest = _largest(conditions - 1, degrees)
    p = 1 - np.searchsorted(largest, np.abs(t)) / len(largest)
    return [replace(c, holm_t=float(corrected)) for c, corrected in zip(found, p)]


@cache
def _largest(comparisons: int, degrees: int) -> NDArray[np.float64]:
    """Sorted draws of the largest |t| of the family, where nothing differs: any two have a correlation of 1/2."""
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(DRAWS, comparisons)) - rng.normal(size=(DRAWS, 1))
    scale = np.sqrt(2 * rng.chisquare(degrees, size=(DRAWS, 1)) / degrees)
    return np.sort(np.abs(normal / scale).max(axis=1))
