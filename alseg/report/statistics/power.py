"""Power of a design: the differences that so many seeds can find, and the seeds that it takes to find one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from alseg.report.statistics.comparisons import ALPHA, LEAST

CHANCE = 0.8
"""The power that a design is asked for: a difference is found four times in five."""
MOST = 10_000
"""Seeds above which the search for a number of seeds ends."""
FRACTIONS = (0.01, 0.02, 0.05)
"""Differences of a metric between 0 and 1 that seeds are counted for; of others, parts of their spread."""
PARTS = (0.5, 1.0, 2.0)


def power(difference: float, sd: float, seeds: int, comparisons: int = 1) -> float:
    """The chance that a paired t-test, corrected for a family of comparisons, finds a difference that is there.

    The level is ``ALPHA / comparisons``, Holm's first step: the chance where no other comparison of the family finds anything.
    Where others do, it is higher.

    Args:
        difference: true mean of the paired differences.
        sd: standard deviation of the paired differences, in the unit of the difference.
        seeds: pairs; below three there is no test, and the chance is 0.
        comparisons: of the family.

    Source: noncentral t (Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988); Holm, Scand. J. Statistics 1979.
    """
    return _power(abs(difference) / sd, seeds, comparisons) if seeds >= LEAST else 0.0


def detectable(sd: float, seeds: int, comparisons: int = 1, chance: float = CHANCE) -> float:
    """The smallest true difference that is found with so high a chance, in the unit of ``sd``; infinite below three seeds."""
    return sd * _detectable(seeds, comparisons, chance) if seeds >= LEAST else math.inf


def seeds_needed(difference: float, sd: float, comparisons: int = 1, chance: float = CHANCE) -> int | None:
    """The fewest seeds, three or more, that find a true difference with so high a chance; None above ``MOST``."""
    return _seeds_needed(abs(difference) / sd, comparisons, chance)


def wilcoxon_seeds(comparisons: int = 1) -> int:
    """The fewest seeds with which Wilcoxon's p, at least 2 / 2^n, can be below the level after correction."""
    return math.floor(math.log2(2 * comparisons / ALPHA)) + 1


def differences(sd: float, fraction: bool) -> tuple[float, ...]:
    """Round differences, in the unit of the metric, for which seeds are counted."""
    if fraction:
        return FRACTIONS
    return tuple(dict.fromkeys(float(f"{sd * part:.1g}") for part in PARTS))


def seeds_text(difference: float, sd: float, comparisons: int, chance: float = CHANCE) -> str:
    """The seeds that find a difference."""
    needed = seeds_needed(difference, sd, comparisons, chance)
    return f"> {MOST:,}" if needed is None else f"{needed:,}"


@dataclass(frozen=True)
class Spread:
    """The spread of paired differences, over the comparisons of a family.

    Args:
        sd: root of the mean variance of the differences.
        degrees: of freedom of that variance, by Box's approximation, since comparisons with one control depend on each other.

    Source: Box, Annals of Mathematical Statistics 1954 (25), theorem 3.1.
    """

    sd: float
    degrees: float

    @classmethod
    def of(cls, differences: NDArray[np.float64]) -> Spread:
        """From ``(seeds, comparisons)`` differences, at least two of each seed's."""
        covariance = np.atleast_2d(np.cov(differences, rowvar=False))
        variance, squares = float(np.trace(covariance)), float((covariance**2).sum())
        degrees = len(differences) - 1.0
        if squares > 0:
            degrees *= variance**2 / squares
        return cls(math.sqrt(variance / len(covariance)), degrees)

    def upper(self, confidence: float = CHANCE) -> float:
        """Upper limit of the true spread with so much confidence: a few seeds often scatter less than many would.

        Source: chi-squared limit of a variance; Browne, Statistics in Medicine 1995 (14), for the size of a study from a pilot.
        """
        return self.sd * math.sqrt(self.degrees / float(stats.chi2.ppf(1 - confidence, self.degrees)))


@lru_cache(maxsize=4096)
def _power(effect: float, seeds: int, comparisons: int) -> float:
    """Of an effect in standard deviations of the paired differences."""
    degrees, shift = seeds - 1, effect * math.sqrt(seeds)
    limit = float(stats.t.isf(ALPHA / comparisons / 2, degrees))
    # scipy's lower tail is NaN far out, so the other side is the upper tail of the mirrored distribution
    return float(stats.nct.sf(limit, degrees, shift) + stats.nct.sf(limit, degrees, -shift))


@lru_cache(maxsize=4096)
def _detectable(seeds: int, comparisons: int, chance: float) -> float:
    high = 1.0
    while _power(high, seeds, comparisons) < chance:
        high *= 2
    return float(optimize.brentq(lambda effect: _power(effect, seeds, comparisons) - chance, 0.0, high, xtol=1e-9))


@lru_cache(maxsize=4096)
def _seeds_needed(effect: float, comparisons: int, chance: float) -> int | None:
    low, high = LEAST - 1, LEAST
    while _power(effect, high, comparisons) < chance:
        low, high = high, 2 * high
        if low >= MOST:
            return None
    while high - low > 1:  # power rises with the seeds
        middle = (low + high) // 2
        low, high = (low, middle) if _power(effect, middle, comparisons) >= chance else (middle, high)
    return high if high <= MOST else None
