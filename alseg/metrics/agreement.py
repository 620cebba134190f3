"""Agreement of a measurement, such as the CIMT, with a reference: Bland-Altman, correlation, ICC and failures."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
LIMITS = 1.96
"""Standard deviations between the bias and the 95% limits of agreement (Bland and Altman, Lancet 1986)."""
RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Published:
    """A published mean absolute bias of the CIMT ± its standard deviation, in µm."""

    what: str
    mean_absolute_um: float
    sd_um: float


PUBLISHED_CIMT = {
    "same_reader": Published("one reader, twice", 160.0, 140.0),
    "two_readers": Published("two readers", 194.0, 177.0),
    "creatis": Published("best automatic method (CREATIS)", 106.0, 89.0),
}
"""Errors of readers and a program on the Carotid Ultrasound Boundary Study (CUBS, doi 10.17632/fpv535fss7.1), as collected
for this project and not checked against their source table, which was not at hand. On other images, and above all on a
phantom, they are an orientation and not a target."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of a measurement with its reference; differences are measurement minus reference, in their unit.

    Everything but ``cases`` and ``failure_rate`` is over the measured cases, and NaN where they do not determine it.

    Args:
        cases: cases with a reference.
        measured: cases with a measurement, too.
        failure_rate: share of the cases without a measurement, 0 to 1.
        bias: mean difference; positive if the measurement is too large.
        sd: standard deviation of the differences (ddof 1).
        lower: lower 95% limit of agreement, ``bias - 1.96 sd``.
        upper: upper 95% limit of agreement, ``bias + 1.96 sd``.
        mean_absolute: mean of the absolute differences.
        sd_absolute: their standard deviation (ddof 1).
        pearson: Pearson's correlation.
        icc: ICC(2,1), see ``icc_2_1``.
        cv: within-subject coefficient of variation ``sd / sqrt(2) / mean``, with the mean of all measurements and
            references: the random error of one of the two, as a share; the bias is not part of it.
        intervals: lower and upper end of the percentile bootstrap interval of each value from ``failure_rate`` to
            ``cv``, by name; empty without a generator; NaN with fewer than two patients, and where most resamples do
            not determine the value.
    """

    cases: int
    measured: int
    failure_rate: float
    bias: float
    sd: float
    lower: float
    upper: float
    mean_absolute: float
    sd_absolute: float
    pearson: float
    icc: float
    cv: float
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)


def agreement(
    measured: Sequence[float | None] | Array,
    reference: Sequence[float | None] | Array,
    patients: Sequence[Hashable] | None = None,
    *,
    rng: np.random.Generator | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Agreement:
    """Agreement of n measurements with their references.

    Args:
        measured: n values; None or NaN is a failure.
        reference: n values; a case whose reference is None or NaN counts in nothing.
        patients: n names. Images of a patient are alike, so the bootstrap draws whole patients, with all their images
            and failures. None takes every case for a patient of its own.
        rng: of the bootstrap; None leaves the intervals out.
        resamples: of the bootstrap.
        level: of the intervals.

    Raises:
        ValueError: if lengths differ, a value is infinite, or a number is out of range.
    """
    x, y = _values("measured", measured), _values("reference", reference)
    names = list(range(len(x))) if patients is None else list(patients)
    if not len(x) == len(y) == len(names):
        raise ValueError(f"{len(x)} measurements, {len(y)} references and {len(names)} patients; they must be as many")
    if resamples < 1 or not 0.0 < level < 1.0:
        raise ValueError(f"resamples is {resamples}, level is {level}; they must be at least 1 and between 0 and 1")

    known = ~np.isnan(y)
    pairs = np.stack([x[known], y[known]], axis=1)
    number: dict[Hashable, int] = {}
    patient = np.array([number.setdefault(name, len(number)) for name, k in zip(names, known) if k], dtype=np.intp)
    point = {name: float(value) for name, value in _statistics(pairs, np.ones(len(pairs))).items()}
    intervals: dict[str, tuple[float, float]] = {}
    if rng is not None:
        drawn = _draw(len(number), resamples, rng)
        ends = 0.5 * (1.0 - level), 0.5 * (1.0 + level)
        intervals = {name: _quantiles(v, ends) for name, v in _statistics(pairs, drawn[:, patient]).items()}
        if len(number) < 2:
            intervals = dict.fromkeys(intervals, (np.nan, np.nan))
    return Agreement(len(pairs), int(np.count_nonzero(~np.isnan(pairs[:, 0]))), **point, intervals=intervals)


def icc_2_1(ratings: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """ICC(2,1): two-way random effects, absolute agreement, single measurement (Shrout and Fleiss, Psychol. Bull. 1979).

    ``(BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)`` with the mean squares between subjects (BMS), between
    judges (JMS) and of the residual (EMS). A judge who always rates higher lowers it, which a correlation does not see.

    Args:
        ratings: ``(n, k)`` ratings of n subjects by k judges.
        weights: ``(..., n)`` how often each subject counts; None is once.

    Returns:
        One value for each row of weights; NaN with fewer than two subjects or judges, or without any variance.

    Raises:
        ValueError: if the shapes do not fit or a rating is not finite.
    """
    ratings = np.asarray(ratings, dtype=np.float64)
    if ratings.ndim != 2 or not np.isfinite(ratings).all():
        raise ValueError(f"ratings of shape {ratings.shape}; they must be (n, k) and finite")
    count = np.ones(len(ratings)) if weights is None else np.asarray(weights, dtype=np.float64)
    if count.shape[-1:] != (len(ratings),):
        raise ValueError(f"weights of shape {count.shape} for {len(ratings)} subjects")
    k = ratings.shape[1]
    if not ratings.size or k < 2:
        return np.full(count.shape[:-1], np.nan)

    centred = ratings - ratings.mean()
    n = count.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        judges = (count @ centred) / n[..., None]
        grand = judges.mean(axis=-1)
        total = count @ (centred**2).sum(axis=1) - n * k * grand**2
        between = k * (count @ centred.mean(axis=1) ** 2 - n * grand**2)
        judge = n * ((judges - grand[..., None]) ** 2).sum(axis=-1)
        bms, jms = between / (n - 1), judge / (k - 1)
        ems = np.maximum(total - between - judge, 0.0) / ((n - 1) * (k - 1))
        icc = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    defined = (n > 1) & (total > n * k * _rounding(ratings) ** 2)
    return np.where(defined, icc, np.nan)


def _statistics(pairs: Array, weights: Array) -> dict[str, Array]:
    """The statistics of ``(n, 2)`` pairs (a missing measurement is NaN), for each row of weights ``(..., n)``."""
    done = ~np.isnan(pairs[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        failures = (weights @ ~done) / weights.sum(axis=-1)
    pairs, weights = pairs[done], weights[..., done]
    difference = pairs[:, 0] - pairs[:, 1]
    bias, sd = _mean_sd(difference, weights)
    absolute, sd_absolute = _mean_sd(np.abs(difference), weights)
    (x, sd_x), (y, sd_y) = (_mean_sd(side, weights) for side in pairs.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip((sd_x**2 + sd_y**2 - sd**2) / (2.0 * sd_x * sd_y), -1.0, 1.0)
        cv = sd / np.sqrt(2.0) / (0.5 * (x + y))
    return {
        "failure_rate": failures,
        "bias": bias,
        "sd": sd,
        "lower": bias - LIMITS * sd,
        "upper": bias + LIMITS * sd,
        "mean_absolute": absolute,
        "sd_absolute": sd_absolute,
        "pearson": np.where(np.minimum(sd_x, sd_y) > _rounding(pairs), r, np.nan),
        "icc": icc_2_1(pairs, weights),
        "cv": cv,
    }


def _mean_sd(values: Array, weights: Array) -> tuple[Array, Array]:
    """Mean and standard deviation (ddof 1) of ``(n,)`` values, for each row of weights ``(..., n)``."""
    centre = values.mean() if len(values) else 0.0  # sums of squares far from 0 would lose digits
    rest = values - centre
    n = weights.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (weights @ rest) / n
        variance = (weights @ rest**2 - n * mean**2) / (n - 1.0)
    return centre + mean, np.sqrt(np.where(n > 1.0, np.maximum(variance, 0.0), np.nan))


def _rounding(values: Array) -> float:
    """The spread below which values of this size are equal but for rounding."""
    return 1e-9 * float(np.abs(values).max(initial=0.0))


def _draw(patients: int, resamples: int, rng: np.random.Generator) -> Array:
    """``(resamples, patients)`` how often each patient is drawn, with replacement."""
    if not patients:
        return np.zeros((resamples, 0))
    return rng.multinomial(patients, np.full(patients, 1.0 / patients), size=resamples).astype(np.float64)


def _quantiles(values: Array, ends: tuple[float, float]) -> tuple[float, float]:
    """Quantiles of the resamples that determine the value; NaN if fewer than half of them do."""
    finite = values[np.isfinite(values)]
    if 2 * len(finite) < len(values):
        return np.nan, np.nan
    low, high = np.quantile(finite, ends)
    return float(low), float(high)


def _values(what: str, values: Sequence[float | None] | Array) -> Array:
    array = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if array.ndim != 1 or np.isinf(array).any():
        raise ValueError(f"{what} must be a list of finite numbers, None or NaN where there is none")
    return array
