"""Estimates over the audits of several rounds, and the picks beside what was drawn at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alseg.metrics.contributions import Contributions, stacked
from alseg.metrics.pool_estimate import LEVEL, AuditedPool


def window(pools: Sequence[AuditedPool], least: int) -> list[AuditedPool]:
    """The last pools that together have at least so many drawn units, or all of them; the last alone where it is known."""
    if pools and not pools[-1].rest:
        return [pools[-1]]
    found: list[AuditedPool] = []
    for pool in reversed(pools):
        if sum(len(one.drawn) for one in found) >= least:
            break
        found.insert(0, pool)
    return found


def as_it_was(pools: Sequence[AuditedPool]) -> list[AuditedPool]:
    """Each pool together with what was labelled since the first one.

    Args:
        pools: of consecutive queries. What one of them asked for is known to the following ones, as the last model that had
            not been trained on it saw it.
    """
    found = []
    for place, pool in enumerate(pools):
        before = [part for one in pools[:place] for part in (one.known, one.drawn)]
        found.append(replace(pool, known=stacked([*before, pool.known])))
    return found


@dataclass(frozen=True)
class Difference:
    """Mean of the picks minus that of the images drawn at random, with its 95% interval; NaN where it is not known."""

    value: float
    low: float
    high: float
    picks: int
    drawn: int


def picks_against_drawn(pools: Sequence[AuditedPool]) -> Difference:
    """Compare the picks of each round with what was drawn at random in it, by each unit's own value.

    The mean over the rounds, weighted by their numbers of drawn units. The interval is Welch's after a unit of 0 and one of 1 were
    added to either side (Agresti and Caffo, The American Statistician 54, 2000): without them, five right answers of five have
    no spread. That between rounds counts as spread within them, which makes it slightly too wide.
    """
    used = [(_values(pool.known), _values(pool.drawn)) for pool in pools]
    used = [(picks, drawn) for picks, drawn in used if len(picks) and len(drawn)]
    sides = [np.concatenate([pair[side] for pair in used]) if used else np.empty(0) for side in (0, 1)]
    counts = [len(side) for side in sides]
    if min(counts) < 2:
        return Difference(math.nan, math.nan, math.nan, *counts)
    weight = np.array([len(drawn) for _, drawn in used]) / counts[1]
    means = [sum(w * pair[place].mean() for w, pair in zip(weight, used)) for place in (0, 1)]
    centre = float(np.subtract(*((mean * n + 1) / (n + 2) for mean, n in zip(means, counts))))
    parts = []
    for place, (side, n) in enumerate(zip(sides, counts)):
        uneven = n * sum(w**2 / len(pair[place]) for w, pair in zip(weight, used))  # 1 where rounds are alike
        parts.append(float(np.var([*side, 0.0, 1.0], ddof=1)) * uneven / (n + 2))
    variance = sum(parts)
    freedom = variance**2 / sum(part**2 / (n + 1) for part, n in zip(parts, counts))
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(variance)
    return Difference(float(means[0] - means[1]), centre - half, centre + half, *counts)


def _values(some: Contributions) -> NDArray[np.float64]:
    """Each unit's own value: the mean over the classes that it shows; units that show none are left out."""
    ratio = np.divide(some.over, some.under, out=np.zeros_like(some.over), where=some.shown > 0)
    shown = (some.shown > 0).sum(axis=1)
    return np.asarray(ratio.sum(axis=1)[shown > 0] / shown[shown > 0])
