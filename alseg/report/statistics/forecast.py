"""Forecast of a learning curve: the labels that a level takes, and the level that no number of labels would exceed.

What it is worth, on curves whose second half is known: experiments/audit/README.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 4
"""Points that three parameters and a spread take."""
LEVEL = 0.95
EXPONENTS = np.geomspace(0.1, 3.0, 200)
DRAWS = 20_000
KEPT = 200
"""Draws within the bounds, at least; fewer tell no interval."""


@dataclass(frozen=True)
class Range:
    """Median of a forecast, and its 95% interval; infinity where no number of labels is enough."""

    median: float
    low: float
    high: float

    def scaled(self, factor: float) -> Range:
        """The same in another unit."""
        return Range(*(factor * end for end in (self.median, self.low, self.high)))


@dataclass(frozen=True)
class Forecast:
    """Draws of the curve ``a - b * n ** -c``, where a metric rises; its mirror image where it falls.

    Args:
        a, b, c: ``(D,)`` draws of the parameters; a is where the curve ends.
        spread: ``(D,)`` draws of the standard deviation of a value around the curve.
        points: labels and values that it was fitted to.
        sign: -1 where lower is better.
    """

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    spread: NDArray[np.float64]
    points: tuple[tuple[float, float], ...]
    sign: float = 1.0

    @property
    def asymptote(self) -> Range:
        """Level that the curve tends to."""
        return _range(self.sign * self.a)

    def at(self, labels: float, *, measured: bool = False) -> Range:
        """Value of the curve at a number of labels; with ``measured``, what a round there would measure."""
        values = self.a - self.b * labels**-self.c
        if measured:
            values = values + self.spread * np.random.default_rng(1).normal(size=len(values))
        return _range(self.sign * values)

    def needed(self, target: float) -> Range:
        """Labels in all at which the curve reaches a level."""
        goal = self.sign * target
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            labels = np.where(self.a > goal, (self.b / (self.a - goal)) ** (1 / self.c), math.inf)
        return _range(labels)

    def reached(self, target: float) -> float:
        """Probability that some number of labels reaches a level."""
        return float(np.mean(self.a > self.sign * target))


def forecast(
    labels: Sequence[float] | NDArray[np.float64],
    values: Sequence[float] | NDArray[np.float64],
    *,
    lower: bool = False,
    bound: float | None = 1.0,
    weights: Sequence[float] | None = None,
) -> Forecast | str:
    """Fit a power law with an offset to a learning curve, with its uncertainty.

    The form is that of Hestness et al., "Deep Learning Scaling is Predictable, Empirically", arXiv 1712.00409, 2017. Its
    parameters have the posterior distribution under flat priors of the offset, below ``bound``, of the slope, at least 0, and of
    the logarithms of exponent (0.1 to 3) and spread, with independent normal errors: for a given exponent it is that of a linear
    regression. It is drawn from with a fixed seed.

    Args:
        labels: numbers of labels, positive.
        values: of the metric; those that are not finite are left out.
        lower: whether lower is better.
        bound: best possible value; None where there is none.
        weights: of the points, inversely to the variances of their values; None for equal ones.

    Returns:
        The forecast, or the reason why there is none: fewer than four points, a curve that does not rise, or one that does not
        bend yet: where a straight line fits as well, nothing says where it ends.
    """
    sign = -1.0 if lower else 1.0
    given = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    n, y = np.asarray(labels, float), sign * np.asarray(values, float)
    kept = np.isfinite(y) & np.isfinite(n) & (n > 0) & np.isfinite(given) & (given > 0)
    n, y, w = n[kept], y[kept], given[kept] / given[kept].mean() if kept.any() else given[kept]
    word = "fall" if lower else "rise"
    if len(np.unique(n)) < LEAST:
        return f"{len(np.unique(n))} points; it takes {LEAST}"
    logs = _regression(np.stack([np.ones_like(n), np.log(n)], axis=1), y, w)
    if logs.beta[1] <= 0:
        return f"the curve does not {word}"
    scale = float(n[-1])
    fits = [_regression(np.stack([np.ones_like(n), -((n / scale) ** -c)], axis=1), y, w) for c in EXPONENTS]
    line = _regression(np.stack([np.ones_like(n), n], axis=1), y, w)
    if line.rest <= min(fit.rest for fit in fits):
        return "the curve does not bend yet: a straight line fits as well"
    return _drawn(
        fits, scale, tuple(zip(n.tolist(), (sign * y).tolist())), sign, None if bound is None else sign * bound
    )


@dataclass(frozen=True)
class _Fit:
    """A weighted linear regression."""

    beta: NDArray[np.float64]
    inverse: NDArray[np.float64]
    rest: float
    freedom: int

    @property
    def log_evidence(self) -> float:
        """Of the model, under flat priors of its coefficients and of the logarithm of the spread, up to a constant."""
        return 0.5 * float(np.linalg.slogdet(self.inverse)[1]) - self.freedom / 2 * math.log(self.rest)


def _regression(x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64]) -> _Fit:
    inverse = np.linalg.pinv(x.T @ (w[:, None] * x))
    beta = inverse @ (x.T @ (w * y))
    # Never 0: a curve that fits to the last bit is no surer than the last digit that is written of a metric.
    rest = max(float(np.sum(w * (y - x @ beta) ** 2)), len(y) * 1e-8)
    return _Fit(beta, np.asarray(inverse, float), rest, len(y) - 2)


def _drawn(
    fits: Sequence[_Fit], scale: float, points: tuple[tuple[float, float], ...], sign: float, bound: float | None
) -> Forecast | str:
    rng = np.random.default_rng(0)
    logs = np.array([fit.log_evidence for fit in fits])
    chance = np.exp(logs - logs.max())
    counts = rng.multinomial(DRAWS, chance / chance.sum())
    parts = []
    for fit, c, count in zip(fits, EXPONENTS, counts):
        spread = np.sqrt(fit.rest / rng.chisquare(fit.freedom, count))
        root = np.linalg.cholesky(fit.inverse + 1e-15 * np.eye(2))
        a, b = fit.beta[:, None] + spread * (root @ rng.normal(size=(2, count)))
        kept = (b > 0) & (True if bound is None else a <= bound)
        parts.append(np.stack([a, b * scale**c, np.full(count, c), spread])[:, kept])
    a, b, c, spread = np.concatenate(parts, axis=1)
    if len(a) < KEPT:
        return "no such curve is likely: it would end beyond the best possible value"
    return Forecast(a, b, c, spread, points, sign)


def _range(values: NDArray[np.float64]) -> Range:
    # Without interpolation, which knows no infinity.
    low, median, high = np.quantile(values, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], method="inverted_cdf")
    return Range(float(median), float(low), float(high))
