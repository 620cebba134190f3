"""Agreement against values computed by hand, a published example and plain resampling."""

import math
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from alseg.metrics.agreement import PUBLISHED_CIMT, agreement, icc_2_1

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
"""Six subjects rated by four judges: Shrout and Fleiss, Psychol. Bull. 1979, table 2."""


def patients_and_values(patients=12, images=4, seed=0):
    rng = np.random.default_rng(seed)
    names = [f"p{p}" for p in range(patients) for _ in range(images)]
    truth = np.repeat(rng.normal(0.8, 0.15, patients), images)
    offset = np.repeat(rng.normal(0.05, 0.1, patients), images)
    return truth + offset + rng.normal(0, 0.01, len(truth)), truth, names


def test_bland_altman_by_hand():
    result = agreement([0.7, 0.9, 1.2], [0.6, 0.9, 0.9])  # differences 0.1, 0, 0.3
    assert (result.cases, result.measured, result.failure_rate) == (3, 3, 0)
    assert result.bias == pytest.approx(0.4 / 3)
    assert result.sd == pytest.approx(math.sqrt(0.07 / 3))
    assert result.lower == pytest.approx(0.4 / 3 - 1.96 * math.sqrt(0.07 / 3))
    assert result.upper == pytest.approx(0.4 / 3 + 1.96 * math.sqrt(0.07 / 3))
    assert result.cv == pytest.approx(math.sqrt(0.07 / 3) / math.sqrt(2) / (5.2 / 6))
    assert result.intervals == {}


def test_the_mean_absolute_difference_is_not_the_bias():
    result = agreement([1.0, 2.0, 3.0, 5.0], [1.5, 1.5, 3.5, 3.5])  # differences -0.5, 0.5, -0.5, 1.5
    assert result.bias == pytest.approx(0.25)
    assert result.mean_absolute == pytest.approx(0.75)
    assert result.sd_absolute == pytest.approx(0.5)


def test_correlation_against_scipy():
    measured, reference, _ = patients_and_values()
    assert agreement(measured, reference).pearson == pytest.approx(stats.pearsonr(measured, reference).statistic)


def test_a_constant_offset_is_bias_without_spread():
    reference = np.linspace(0.5, 1.1, 20)
    result = agreement(reference + 0.2, reference)
    assert result.bias == pytest.approx(0.2)
    assert result.sd == pytest.approx(0, abs=1e-12)
    assert result.pearson == pytest.approx(1)
    assert result.icc < 0.8  # absolute agreement sees what the correlation does not


def test_equal_values_agree_wholly():
    values = np.linspace(0.5, 1.1, 20)
    result = agreement(values, values, rng=np.random.default_rng(0))
    assert (result.icc, result.pearson) == pytest.approx((1, 1))
    assert result.bias == result.sd == result.mean_absolute == result.cv == 0
    assert result.intervals["icc"] == pytest.approx((1, 1))


# ICC(2,1)


def test_icc_of_the_published_example():
    assert icc_2_1(SHROUT_FLEISS) == pytest.approx(0.29, abs=0.005)


def test_icc_from_its_analysis_of_variance():
    # mean squares of the same table: between subjects 11.24, between judges 32.49, residual 1.02
    assert icc_2_1(SHROUT_FLEISS) == pytest.approx(
        (11.24 - 1.02) / (11.24 + 3 * 1.02 + 4 * (32.49 - 1.02) / 6), abs=1e-3
    )


def test_icc_of_two_judges_is_that_of_the_agreement():
    measured, reference, _ = patients_and_values()
    assert agreement(measured, reference).icc == pytest.approx(float(icc_2_1(np.stack([measured, reference], axis=1))))


def test_icc_falls_with_a_judge_who_rates_higher():
    ratings = np.random.default_rng(0).normal(0, 1, (30, 1)) + np.array([[0.0, 0.0]])
    shifted = ratings + np.array([[0.0, 1.5]])
    assert icc_2_1(ratings) == pytest.approx(1)
    assert icc_2_1(shifted) < 0.6


def test_icc_does_not_depend_on_scale_and_origin():
    assert icc_2_1(SHROUT_FLEISS * 1e-3 + 1e3) == pytest.approx(float(icc_2_1(SHROUT_FLEISS)), rel=1e-6)


def test_weights_of_the_icc_are_repetitions():
    weights = np.array([[2, 0, 1, 1, 3, 1], [1, 1, 1, 1, 1, 1]])
    repeated = icc_2_1(np.repeat(SHROUT_FLEISS, weights[0], axis=0))
    assert icc_2_1(SHROUT_FLEISS, weights) == pytest.approx([float(repeated), float(icc_2_1(SHROUT_FLEISS))])


@pytest.mark.parametrize("ratings", [np.zeros((0, 2)), np.ones((1, 2)), np.ones((5, 1)), np.full((5, 2), 0.1)])
def test_icc_without_variance_is_not_a_number(ratings):
    assert np.isnan(icc_2_1(ratings))


def test_icc_of_what_is_no_table():
    for wrong in ([1.0, 2.0], [[1.0, math.nan]]):
        with pytest.raises(ValueError, match="finite"):
            icc_2_1(wrong)
    with pytest.raises(ValueError, match="6 subjects"):
        icc_2_1(SHROUT_FLEISS, np.ones(5))


# Failures


def test_failures_are_counted_and_left_out_of_the_rest():
    result = agreement([0.7, None, 0.9, math.nan, 1.2], [0.6, 0.8, 0.9, 0.7, 0.9])
    assert (result.cases, result.measured, result.failure_rate) == (5, 3, 0.4)
    assert result.bias == pytest.approx(0.4 / 3)


def test_cases_without_a_reference_count_in_nothing():
    result = agreement([0.7, 5.0, None, 0.9, 1.2], [0.6, None, math.nan, 0.9, 0.9])
    assert asdict(result) == asdict(agreement([0.7, 0.9, 1.2], [0.6, 0.9, 0.9]))


def test_nothing_measured():
    result = agreement([None, None], [0.6, 0.9], ["a", "b"], rng=np.random.default_rng(0))
    assert (result.cases, result.measured, result.failure_rate) == (2, 0, 1)
    assert all(math.isnan(v) for v in (result.bias, result.sd, result.pearson, result.icc, result.cv))
    assert result.intervals["failure_rate"] == (1, 1)
    assert all(math.isnan(v) for v in result.intervals["bias"])


def test_no_cases_at_all():
    result = agreement([], [], rng=np.random.default_rng(0))
    assert result.cases == 0
    assert math.isnan(result.failure_rate)
    assert all(math.isnan(v) for v in result.intervals["failure_rate"])


def test_one_case_has_a_bias_and_no_spread():
    result = agreement([0.8], [0.7], rng=np.random.default_rng(0))
    assert result.bias == pytest.approx(0.1)
    assert all(math.isnan(v) for v in (result.sd, result.lower, result.pearson, result.icc, result.cv))
    assert all(math.isnan(v) for v in result.intervals["bias"])  # one patient says nothing of another


def test_a_measurement_that_never_varies_has_no_correlation():
    assert math.isnan(agreement([0.1, 0.1, 0.1], [0.1, 0.2, 0.3]).pearson)


# Bootstrap


def test_bootstrap_is_a_function_of_the_seed():
    measured, reference, names = patients_and_values()
    first, again, other = (
        agreement(measured, reference, names, rng=np.random.default_rng(s), resamples=200).intervals for s in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert set(first) == set(asdict(agreement([1.0], [1.0]))) - {"cases", "measured", "intervals"}


def test_bootstrap_draws_whole_patients():
    measured, reference, _ = patients_and_values(images=1)
    names = list(range(len(measured)))
    once = agreement(measured, reference, names, rng=np.random.default_rng(0))
    copies = [np.repeat(v, 5) for v in (measured, reference, names)]
    copied = agreement(*copies, rng=np.random.default_rng(0))
    # five copies of every image are no more patients: the intervals stay as wide
    for name in ("bias", "mean_absolute", "pearson"):
        assert copied.intervals[name] == pytest.approx(once.intervals[name])
    # whereas images taken for patients make them too narrow, by about sqrt(5)
    naive = agreement(*copies[:2], rng=np.random.default_rng(0)).intervals["bias"]
    assert np.ptp(naive) < 0.6 * np.ptp(once.intervals["bias"])


def test_bootstrap_as_one_resample_after_the_other():
    measured, reference, names = patients_and_values(patients=7, images=3)
    measured[[2, 3, 4]] = math.nan
    result = agreement(measured, reference, names, rng=np.random.default_rng(9), resamples=50, level=0.8)
    counts = np.random.default_rng(9).multinomial(7, np.full(7, 1 / 7), size=50)
    plain = []
    for count in counts:
        rows = np.concatenate([np.arange(3) + 3 * p for p in range(7) for _ in range(count[p])])
        plain.append(asdict(agreement(measured[rows], reference[rows])))
    for name, interval in result.intervals.items():
        expected = np.quantile([p[name] for p in plain], [0.1, 0.9])
        assert interval == pytest.approx(tuple(expected), abs=1e-9), name


def test_bootstrap_interval_of_a_mean_is_that_of_the_theory():
    rng = np.random.default_rng(4)
    difference = rng.normal(0.05, 0.1, 200)
    low, high = agreement(difference + 0.8, np.full(200, 0.8), rng=rng).intervals["bias"]
    error = difference.std(ddof=1) / math.sqrt(200)
    assert (low, high) == pytest.approx(
        (difference.mean() - 1.96 * error, difference.mean() + 1.96 * error), abs=0.15 * error
    )


def test_failures_of_a_patient_stay_together():
    measured, reference, names = patients_and_values(patients=10, images=6)
    measured[:6] = math.nan  # all of one patient
    low, high = agreement(measured, reference, names, rng=np.random.default_rng(0)).intervals["failure_rate"]
    assert low == 0
    assert high == pytest.approx(0.3)  # a tenth of the patients, drawn ten times: up to 3, each with all its images


def test_impossible_arguments():
    with pytest.raises(ValueError, match="as many"):
        agreement([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="as many"):
        agreement([1.0, 2.0], [1.0, 2.0], ["a"])
    with pytest.raises(ValueError, match="measured"):
        agreement([math.inf], [1.0])
    for wrong in ({"resamples": 0}, {"level": 1.0}):
        with pytest.raises(ValueError, match="level"):
            agreement([1.0], [1.0], **wrong)


def test_published_values():
    assert {k: (p.mean_absolute_um, p.sd_um) for k, p in PUBLISHED_CIMT.items()} == {
        "same_reader": (160, 140),
        "two_readers": (194, 177),
        "creatis": (106, 89),
    }
