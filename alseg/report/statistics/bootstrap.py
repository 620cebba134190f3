"""Percentile bootstrap over seeds: an interval that assumes no distribution."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000


def bootstrap_interval(values: Iterable[float]) -> tuple[float, float] | None:
    """Two-sided 95% percentile interval of the mean of the finite ones among ``values``, one per seed.

    Seeds are drawn with replacement, by the same draws for every condition of as many seeds. With few seeds the interval
    is too narrow (five seeds: the mean of five draws never leaves the range of five numbers), so the t-interval is
    what reports lead with. Linear interpolation between the ordered means.

    Returns:
        None for fewer than two seeds.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    kept = np.array([v for v in values if math.isfinite(v)], dtype=float)
    if len(kept) < 2:
        return None
    low, high = np.quantile(_draws(len(kept)) @ kept, [0.025, 0.975])
    return float(low), float(high)


@lru_cache(maxsize=128)
def _draws(n: int) -> NDArray[np.float64]:
    """``(RESAMPLES, n)`` weight of each seed in each resample; rows sum to 1."""
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return counts / n
