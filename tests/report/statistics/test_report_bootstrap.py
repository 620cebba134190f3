from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from alseg.report.statistics.bootstrap import bootstrap_interval


def test_two_seeds_by_hand():
    """The mean of two draws is 0, 0.5 or 1, with probabilities 1/4, 1/2, 1/4: both ends of 95% lie at the extremes."""
    assert bootstrap_interval([0.0, 1.0]) == (0.0, 1.0)


def test_a_constant_has_no_width_and_one_seed_no_interval():
    assert bootstrap_interval([0.7, 0.7, 0.7]) == (pytest.approx(0.7), pytest.approx(0.7))
    assert bootstrap_interval([0.7]) is None
    assert bootstrap_interval([]) is None
    assert bootstrap_interval([0.7, float("nan")]) is None


def test_it_scales_shifts_and_does_not_depend_on_other_calls():
    values = np.random.default_rng(0).normal(size=8)
    low, high = bootstrap_interval(values)
    assert bootstrap_interval(3 + 2 * values) == (pytest.approx(3 + 2 * low), pytest.approx(3 + 2 * high))
    bootstrap_interval(range(8))
    assert bootstrap_interval(values) == (low, high)


@pytest.mark.parametrize("n", [3, 5, 20])
def test_against_scipy(n):
    values = np.random.default_rng(n).gamma(2.0, size=n)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000, rng=np.random.default_rng(1))
    ours = bootstrap_interval(values)
    error = values.std() / np.sqrt(n)
    assert ours == (
        pytest.approx(theirs.confidence_interval.low, abs=0.15 * error),
        pytest.approx(theirs.confidence_interval.high, abs=0.15 * error),
    )
