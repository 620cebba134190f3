"""Comparisons of two conditions: differences paired on the seed, two tests, and a correction for many of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alseg.report.statistics.estimates import Estimate, estimate, paired_difference

ALPHA = 0.05
LEAST = 3
"""With fewer common seeds nothing is tested: two differences that happen to be equal would be certainty."""
FEW = 5
"""With fewer, a reader is warned."""
EQUAL = 1e-9
"""Differences that spread by less than this share of the values are equal but for rounding."""
MOST_EXACT = 13
"""Seeds up to which Wilcoxon's test is exact where there are ties, as scipy has it."""
BySeed = Mapping[int, float]


@dataclass(frozen=True)
class Comparison:
    """Two conditions over the seeds that both have.

    Args:
        seeds: the common seeds with a finite value on both sides, in order.
        n_ours: seeds of the first condition; more than ``seeds`` where the comparison is restricted.
        n_control: seeds of the second.
        difference: mean of ours minus control over ``seeds`` with its t-interval; None for fewer than two common seeds.
        refused: why nothing was tested; empty where it was.
        effect: the mean difference in standard deviations of the differences over seeds, corrected for their small number
            (Hedges); None where refused.
        simultaneous: as ``difference``, but the intervals of all comparisons that were made together hold at once
            (Bonferroni); None where refused.
        p_t: paired t-test, two-sided; NaN where refused.
        p_wilcoxon: Wilcoxon's signed-rank test, two-sided; exact up to 50 seeds without ties. With n seeds it is never
            below 2 / 2^n: five seeds cannot come out below 0.0625. NaN where refused.
        holm_t: ``p_t`` after Holm's correction over all comparisons that were made together.
        holm_wilcoxon: likewise, of ``p_wilcoxon``.
        family: how many comparisons were corrected together.
    """

    seeds: tuple[int, ...]
    n_ours: int
    n_control: int
    difference: Estimate | None
    refused: str = ""
    effect: float | None = None
    simultaneous: Estimate | None = None
    p_t: float = math.nan
    p_wilcoxon: float = math.nan
    holm_t: float = math.nan
    holm_wilcoxon: float = math.nan
    family: int = 0

    @property
    def restricted(self) -> bool:
        """True where one side has seeds that the other lacks."""
        return not len(self.seeds) == self.n_ours == self.n_control

    @property
    def significant(self) -> bool:
        """By the paired t-test after Holm, at 5%."""
        return self.holm_t < ALPHA


def compare(pairs: Sequence[tuple[BySeed, BySeed]]) -> list[Comparison]:
    """Compare ours with control in every pair (seed to value), and correct all p-values together.

    Pairing is by the key, so the order in which seeds stand means nothing. Too few seeds are refused and take no part in the
    correction. Differences without spread are refused too, but count in it as p = 1: that they would be equal was not known
    beforehand.

    Sources: Wilcoxon, Biometrics Bulletin 1945; Holm, Scand. J. Statistics 1979; Hedges, J. Educational Statistics 1981.
    """
    found = [_estimated(finite(ours), finite(control)) for ours, control in pairs]
    family = [i for i, c in enumerate(found) if len(c.seeds) >= LEAST]
    raw = dict.fromkeys(family, (1.0, 1.0))
    for places in _alike({i: found[i].seeds for i in family}):
        seeds = found[places[0]].seeds
        ours, control = (np.array([[pairs[i][side][s] for i in places] for s in seeds]) for side in (0, 1))
        spread = ~equal_differences(ours, control)
        kept = [i for i, varies in zip(places, spread) if varies]
        table = (ours - control)[:, spread]
        for i, p_t, p_wilcoxon in zip(kept, paired_t(table), _wilcoxon(table)):
            raw[i] = float(p_t), float(p_wilcoxon)
        for i in {*places} - {*kept}:
            found[i] = replace(found[i], refused="the differences do not vary over seeds", family=len(family))
    for i, t, wilcoxon in zip(family, *(holm([p[test] for p in raw.values()]) for test in (0, 1))):
        if not found[i].refused:
            found[i] = _tested(found[i], pairs[i], raw[i], (t, wilcoxon), len(family))
    return found


def holm(p: Sequence[float]) -> list[float]:
    """p-values after Holm's correction, in the order given.

    As ``multipletests`` of statsmodels, which collects garbage at every call: a tenth of a second, hundreds of times.
    """
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=float)[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(v) for v in corrected]


def paired_t(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p of the t-test on ``(seeds, ...)`` differences along axis 0, which must not all be equal."""
    return np.asarray(stats.ttest_1samp(differences, 0.0, axis=0).pvalue)


def equal_differences(ours: NDArray[np.float64], control: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True where ``(seeds, ...)`` differences are all equal along axis 0, but for rounding: there is nothing to test."""
    scale = np.maximum(np.abs(ours), np.abs(control)).max(axis=0)
    return np.asarray(np.ptp(ours - control, axis=0) <= EQUAL * scale)


def effect_size(differences: NDArray[np.float64]) -> float:
    """Mean of three or more differences in units of their standard deviation, times Hedges' correction for few of them."""
    degrees = len(differences) - 1
    correction = math.exp(math.lgamma(degrees / 2) - math.lgamma((degrees - 1) / 2)) / math.sqrt(degrees / 2)
    return float(correction * differences.mean() / differences.std(ddof=1))


def finite(values: BySeed) -> dict[int, float]:
    """Without seeds that have no value."""
    return {seed: value for seed, value in values.items() if math.isfinite(value)}


def _estimated(ours: BySeed, control: BySeed) -> Comparison:
    seeds = tuple(sorted(ours.keys() & control.keys()))
    difference = paired_difference(ours, control) if len(seeds) > 1 else None
    few = f"{len(seeds)} common seed{'' if len(seeds) == 1 else 's'}, fewer than {LEAST}" if len(seeds) < LEAST else ""
    return Comparison(seeds, len(ours), len(control), difference, few)


def _tested(
    found: Comparison,
    pair: tuple[BySeed, BySeed],
    raw: tuple[float, float],
    corrected: tuple[float, float],
    family: int,
) -> Comparison:
    differences = np.array([pair[0][seed] - pair[1][seed] for seed in found.seeds])
    return replace(
        found,
        effect=effect_size(differences),
        simultaneous=estimate(differences, level=1 - ALPHA / family),
        p_t=raw[0],
        p_wilcoxon=raw[1],
        holm_t=corrected[0],
        holm_wilcoxon=corrected[1],
        family=family,
    )


def _alike(seeds: Mapping[int, tuple[int, ...]]) -> list[list[int]]:
    """Places of comparisons over the same seeds: they are tested in one call."""
    places: dict[tuple[int, ...], list[int]] = {}
    for i, key in seeds.items():
        places.setdefault(key, []).append(i)
    return list(places.values())


def _wilcoxon(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(seeds, pairs)`` to two-sided p; columns with zeros or ties one by one, since they have distributions of their own."""
    sizes = np.sort(np.abs(differences), axis=0)
    plain = (sizes[0] > 0) & (np.diff(sizes, axis=0) > 0).all(axis=0)
    p = np.ones(differences.shape[1])
    if plain.any():
        p[plain] = stats.wilcoxon(differences[:, plain], axis=0).pvalue
    for i in np.flatnonzero(~plain):
        p[i] = _with_ties(differences[:, i])
    return p


def _with_ties(differences: NDArray[np.float64]) -> float:
    """Two-sided p of ``(seeds,)`` differences, some of them equal in size or 0, over all signs of the others.

    As scipy, whose permutations take a thousand times as long: two seconds for 13 seeds.
    """
    if len(differences) > MOST_EXACT:
        return float(stats.wilcoxon(differences).pvalue)
    kept = differences[differences != 0]
    ranks = stats.rankdata(np.abs(kept))
    positive = np.arange(2 ** len(kept))[:, None] >> np.arange(len(kept)) & 1
    distances = np.abs(positive @ ranks - ranks.sum() / 2)
    return float((distances >= abs(ranks[kept > 0].sum() - ranks.sum() / 2)).mean())  # halves are exact: no rounding
