"""Which of two conditions is better? Differences paired on the seed, two tests, and a correction for asking often."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from alseg.report.statistics.estimates import Estimate, paired_difference

ALPHA = 0.05
BySeed = Mapping[int, float]


@dataclass(frozen=True)
class Comparison:
    """Two conditions over the seeds that both have.

    Args:
        seeds: the common seeds with a finite value on both sides, in order.
        n_ours: seeds of the first condition; more than ``seeds`` where the comparison is restricted.
        n_control: seeds of the second.
        difference: mean of ours minus control over ``seeds`` with its t-interval; None where it was refused, for fewer
            than two common seeds.
        p_t: paired t-test, two-sided; NaN where refused. 1 where all differences are 0.
        p_wilcoxon: Wilcoxon's signed-rank test, two-sided; exact up to 50 seeds without ties. With n seeds it is never
            below 2 / 2^n: five seeds cannot come out below 0.0625.
        holm_t: ``p_t`` after Holm's correction over all comparisons that were made together.
        holm_wilcoxon: likewise, of ``p_wilcoxon``.
    """

    seeds: tuple[int, ...]
    n_ours: int
    n_control: int
    difference: Estimate | None
    p_t: float = math.nan
    p_wilcoxon: float = math.nan
    holm_t: float = math.nan
    holm_wilcoxon: float = math.nan

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

    Pairing is by the key, so the order in which seeds stand means nothing. What is refused takes no part in the
    correction.

    Sources: Wilcoxon, Biometrics Bulletin 1945; Holm, Scand. J. Statistics 1979.
    """
    found = [_estimated(finite(ours), finite(control)) for ours, control in pairs]
    for places in _alike([c.seeds for c in found]):
        seeds = found[places[0]].seeds
        if len(seeds) < 2:
            continue
        table = np.array([[pairs[i][0][s] - pairs[i][1][s] for i in places] for s in seeds])
        for i, p_t, p_wilcoxon in zip(places, paired_t(table), _wilcoxon(table)):
            found[i] = replace(found[i], p_t=float(p_t), p_wilcoxon=float(p_wilcoxon))
    made = [i for i, c in enumerate(found) if c.difference is not None]
    if made:
        t = holm([found[i].p_t for i in made])
        wilcoxon = holm([found[i].p_wilcoxon for i in made])
        for place, i in enumerate(made):
            found[i] = replace(found[i], holm_t=t[place], holm_wilcoxon=wilcoxon[place])
    return found


def holm(p: Sequence[float]) -> list[float]:
    """p-values after Holm's correction, in the order given."""
    return [float(v) for v in multipletests(p, method="holm")[1]] if len(p) else []


def paired_t(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p of the t-test on ``(seeds, ...)`` differences along axis 0; 1 where all are 0."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # equal differences: p is 0, or replaced below
        p = np.asarray(stats.ttest_1samp(differences, 0.0, axis=0).pvalue)
    return np.where((differences == 0).all(axis=0), 1.0, p)


def finite(values: BySeed) -> dict[int, float]:
    """Without seeds that have no value."""
    return {seed: value for seed, value in values.items() if math.isfinite(value)}


def _estimated(ours: BySeed, control: BySeed) -> Comparison:
    seeds = tuple(sorted(ours.keys() & control.keys()))
    difference = paired_difference(ours, control) if len(seeds) > 1 else None
    return Comparison(seeds, len(ours), len(control), difference)


def _alike(seeds: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Places of comparisons over the same seeds: they are tested in one call."""
    places: dict[tuple[int, ...], list[int]] = {}
    for i, key in enumerate(seeds):
        places.setdefault(key, []).append(i)
    return list(places.values())


def _wilcoxon(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(seeds, pairs)`` to two-sided p; columns with zeros or ties one by one, since scipy picks one method per call."""
    sizes = np.sort(np.abs(differences), axis=0)
    plain = (sizes[0] > 0) & (np.diff(sizes, axis=0) > 0).all(axis=0)
    p = np.ones(differences.shape[1])
    if plain.any():
        p[plain] = stats.wilcoxon(differences[:, plain], axis=0).pvalue
    for i in np.flatnonzero(~plain):
        if differences[:, i].any():  # all zero: nothing speaks against equality
            p[i] = stats.wilcoxon(differences[:, i]).pvalue
    return p
