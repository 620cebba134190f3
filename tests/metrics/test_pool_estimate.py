"""Estimates of a metric on a pool of which a part is known and a part was drawn."""

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats

from alseg.metrics.audit_rounds import as_it_was, picks_against_drawn, window
from alseg.metrics.classification import ClassificationMetrics
from alseg.metrics.contributions import Contributions, metric_of, of_classes, of_overlap, stacked
from alseg.metrics.pool_estimate import AuditedPool, pool_estimate
from alseg.metrics.segmentation import SegmentationMetrics


def values(*each: float) -> Contributions:
    """Dice of images with one class of foreground."""
    return of_overlap(np.array(each)[:, None] if each else np.empty((0, 1)))["dice"]


def test_what_is_known_counts_once_and_what_was_drawn_for_the_rest():
    found = pool_estimate([AuditedPool(values(0.0, 0.5), values(1.0, 0.8), rest=4)])
    assert found.value == pytest.approx((0.0 + 0.5 + 4 * 0.9) / 6)
    assert (found.drawn, found.low < found.value < found.high) == (2, True)


def test_the_mean_over_all_draws_is_the_truth():
    known, rest = values(0.1, 0.3), values(0.9, 0.2, 0.7, 1.0, 0.6)
    draws = [rest.take(np.array(some)) for some in combinations(range(5), 2)]
    found = [pool_estimate([AuditedPool(known, drawn, 5)]).value for drawn in draws]
    assert np.mean(found) == pytest.approx(metric_of(stacked([known, rest])))


def test_what_is_known_wholly_has_no_interval():
    rest = values(0.9, 0.2, 0.7)
    for pool in (AuditedPool(values(0.1), rest, 3), AuditedPool(stacked([values(0.1), rest]), values(), 0)):
        found = pool_estimate([pool])
        assert (found.low, found.high) == (found.value, found.value)
        assert found.value == pytest.approx((0.1 + 0.9 + 0.2 + 0.7) / 4)


def test_shares_of_right_answers_have_wilsons_interval():
    right = of_classes(np.zeros(10, dtype=int), np.repeat([0, 1], [8, 2]), 2)["accuracy"]
    found = pool_estimate([AuditedPool(right.take(np.arange(0)), right, rest=10**9)])
    # With the sample's variance, divided by n - 1, and one imagined image of the largest: n / (n + 1) of the ten.
    low, high = wilson(0.8, 10 * 10 / 11)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))
    all_right = pool_estimate([AuditedPool(right.take(np.arange(0)), right.take(np.arange(5)), rest=10**9)])
    assert all_right.low == pytest.approx(5 / (5 + stats.norm.ppf(0.975) ** 2), abs=1e-6)
    assert all_right.high == pytest.approx(1.0)


def wilson(p: float, n: float) -> tuple[float, float]:
    z = stats.norm.ppf(0.975)
    centre, half = p + z * z / 2 / n, z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def test_a_mean_goes_by_t_and_by_the_share_that_was_not_drawn():
    drawn, rest = values(0.2, 0.4, 0.5, 0.7), 16
    found = pool_estimate([AuditedPool(values(), drawn, rest)])
    mean, variance = 0.45, np.var([0.2, 0.4, 0.5, 0.7], ddof=1)
    relative = (3 * variance / (mean * (1 - mean)) + 1) / 4
    n = 4 / (1 - 4 / 16) / relative
    t = stats.t.ppf(0.975, 3)
    centre, half = mean + t * t / 2 / n, t * np.sqrt(mean * (1 - mean) / n + t * t / 4 / n / n)
    assert found.low == pytest.approx((centre - half) / (1 + t * t / n))
    assert found.high == pytest.approx((centre + half) / (1 + t * t / n))


def test_several_pools_weigh_by_what_was_drawn_from_them():
    one, two = AuditedPool(values(), values(0.5), 10), AuditedPool(values(0.0), values(0.9, 0.7, 0.8), 4)
    assert pool_estimate([one, two]).value == pytest.approx((0.5 + 3 * (4 * 0.8) / 5) / 4)


def test_too_little_is_not_made_up():
    assert np.isnan(pool_estimate([]).value)
    assert np.isnan(pool_estimate([AuditedPool(values(0.3), values(), rest=5)]).value)
    found = pool_estimate([AuditedPool(values(0.3), values(0.5), rest=5)])
    assert found.value == pytest.approx((0.3 + 5 * 0.5) / 6)
    assert np.isnan([found.low, found.high]).all()
    nothing = of_overlap(np.array([[np.nan], [np.nan]]))["dice"]
    assert np.isnan(pool_estimate([AuditedPool(values(), nothing, rest=5)]).value)


def test_metrics_are_those_of_an_evaluation():
    rng = np.random.default_rng(0)
    predicted, true = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    theirs = ClassificationMetrics(["a", "b", "c"])
    theirs.update(torch.from_numpy(np.eye(3)[predicted]), torch.from_numpy(true))
    expected = theirs.compute()
    for name, each in of_classes(predicted, true, 3).items():
        assert metric_of(each) == pytest.approx(expected[name], abs=1e-6)
    masks = rng.integers(0, 3, (2, 6, 4, 4))
    masks[:, :3][masks[:, :3] == 2] = 0  # some images show a class less
    meter = SegmentationMetrics(["ground", "one", "two"], "px", distances=False)
    meter.update(torch.from_numpy(masks[0]), torch.from_numpy(masks[1]), torch.ones(6, 2))
    ours = of_overlap(meter.dice[-1].double().numpy())
    for name, value in {key: meter.compute()[key] for key in ("dice", "iou")}.items():
        assert metric_of(ours[name]) == pytest.approx(value, abs=1e-6)


def test_volumes_count_by_their_slices():
    right = of_classes(np.zeros(5, dtype=int), np.array([0, 0, 1, 1, 0]), 2)["accuracy"]
    volumes = right.summed(np.array([0, 0, 0, 1, 1]), 2)
    # One volume known, with 2 of 3 right; another one drawn, with 1 of 2, for two that are left.
    found = pool_estimate([AuditedPool(volumes.take(np.array([0])), volumes.take(np.array([1])), rest=2)])
    assert found.value == pytest.approx((2 + 2 * 1) / (3 + 2 * 2))


def test_the_pool_as_it_was_keeps_what_was_labelled_since():
    first, second = AuditedPool(values(0.1), values(0.5), 9), AuditedPool(values(0.2), values(0.7, 0.9), 7)
    then = as_it_was([first, second])
    assert pool_estimate(then[:1]).value == pool_estimate([first]).value
    assert pool_estimate(then[1:]).value == pytest.approx((0.1 + 0.5 + 0.2 + 7 * 0.8) / 10)


def test_the_window_goes_back_as_far_as_it_must():
    pools = [AuditedPool(values(), values(*[0.5] * n), 50) for n in (4, 3, 0, 2, 3)]
    assert [len(one.drawn) for one in window(pools, 5)] == [2, 3]
    assert [len(one.drawn) for one in window(pools, 6)] == [3, 0, 2, 3]
    assert window(pools, 100) == pools
    known = AuditedPool(values(0.4), values(), 0)
    assert window([*pools, known], 5) == [known]


def test_picks_are_compared_by_welch_with_two_units_added_to_either_side():
    picks, drawn = [0.1, 0.4, 0.2, 0.3], [0.9, 0.5, 0.8]
    found = picks_against_drawn([AuditedPool(values(*picks), values(*drawn), 50)])
    theirs = stats.ttest_ind([*picks, 0, 1], [*drawn, 0, 1], equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(picks) - np.mean(drawn))
    assert (found.low, found.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    assert np.isnan(picks_against_drawn([AuditedPool(values(0.1), values(), 5)]).value)
    alike = picks_against_drawn([AuditedPool(values(1, 1), values(1, 1, 1, 1, 1), 50)])
    assert alike.low < 0 < alike.high


def test_of_several_classes_each_must_have_been_drawn():
    """One seen twice gives an estimate of its share, and no idea of how far it is off."""
    true = np.repeat([0, 1], [20, 8])
    balanced = of_classes(np.zeros(28, dtype=int), true, 2)["balanced_accuracy"]
    none = balanced.take(np.arange(0))
    assert pool_estimate([AuditedPool(none, balanced, 100)]).low < 0.5
    fewer = pool_estimate([AuditedPool(none, balanced.take(np.arange(27)), 100)])
    assert fewer.value == pytest.approx(0.5)
    assert np.isnan([fewer.low, fewer.high]).all()
