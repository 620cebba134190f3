from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from alseg.report.statistics.comparisons import compare, holm
from alseg.report.statistics.rows import measure


def test_three_seeds_by_hand():
    # differences 0.1, 0.2, 0.3: t = 0.2 / (0.1 / √3) = √12, and for 2 degrees of freedom p = 1 - t / √(t² + 2)
    (found,) = compare([({0: 0.6, 1: 0.7, 2: 0.8}, {0: 0.5, 1: 0.5, 2: 0.5})])
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.2)
    assert found.difference.half == pytest.approx(4.302653 * 0.1 / math.sqrt(3), rel=1e-6)
    assert found.p_t == pytest.approx(1 - math.sqrt(12) / math.sqrt(14))
    assert found.p_wilcoxon == pytest.approx(2 / 2**3)  # all signs alike: 1 of 8 ways, on either side
    assert (found.holm_t, found.holm_wilcoxon) == (found.p_t, found.p_wilcoxon)  # one comparison needs no correction
    assert not found.restricted


def test_pairs_are_made_by_the_seed_and_never_by_the_order():
    """The same runs in another order; paired by position, the differences would be 0.8, 0.2 and -0.4."""
    control = {0: 0.1, 1: 0.4, 2: 0.7}
    ours = {2: 0.9, 1: 0.6, 0: 0.3}
    (found,) = compare([(ours, control)])
    assert found.seeds == (0, 1, 2)
    assert found.difference is not None
    assert (found.difference.mean, found.difference.half) == (pytest.approx(0.2), pytest.approx(0.0, abs=1e-12))


def test_unequal_seeds_are_restricted_to_the_common_ones_and_say_so():
    (found,) = compare([({0: 0.5, 1: 0.6, 2: 0.9, 3: math.nan}, {1: 0.5, 2: 0.6, 3: 0.5, 7: 0.1})])
    assert (found.seeds, found.n_ours, found.n_control, found.restricted) == ((1, 2), 3, 4, True)
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.2)


def test_fewer_than_three_common_seeds_are_refused_and_not_corrected_for():
    good = ({0: 0.6, 1: 0.7, 2: 0.8}, {0: 0.5, 1: 0.5, 2: 0.5})
    one, none, kept = compare([({0: 1.0}, {0: 0.0, 1: 0.0}), ({0: 1.0, 1: 1.0}, {2: 0.0, 3: 0.0}), good])
    for refused, seeds in ((one, (0,)), (none, ())):
        assert (refused.difference, refused.seeds, refused.significant) == (None, seeds, False)
        assert math.isnan(refused.p_t)
        assert math.isnan(refused.holm_t)
    assert (one.refused, none.refused) == ("1 common seed, fewer than 3", "0 common seeds, fewer than 3")
    assert (kept.holm_t, kept.family) == (kept.p_t, 1)
    assert compare([]) == []


def test_two_seeds_with_equal_differences_are_no_certainty():
    """Their t is infinite: p would be 0."""
    (found,) = compare([({0: 0.75, 1: 0.85}, {0: 0.70, 1: 0.80})])
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.05)
    assert (found.refused, found.significant, found.effect) == ("2 common seeds, fewer than 3", False, None)
    assert math.isnan(found.p_t)


def test_differences_without_spread_are_not_tested_but_counted():
    """0.75 - 0.7, 0.85 - 0.8 and 0.65 - 0.6 differ by rounding alone; the other pair is corrected for two comparisons."""
    flat = ({0: 0.75, 1: 0.85, 2: 0.65}, {0: 0.7, 1: 0.8, 2: 0.6})
    good = ({0: 0.6, 1: 0.7, 2: 0.8}, {0: 0.5, 1: 0.5, 2: 0.5})
    none, kept = compare([flat, good])
    assert (none.refused, none.significant) == ("the differences do not vary over seeds", False)
    assert math.isnan(none.p_t)
    assert kept.holm_t == pytest.approx(2 * kept.p_t)


def test_effect_size_and_simultaneous_interval_by_hand():
    """Differences 0.1, 0.2, 0.3: mean 2 standard deviations of 0.1. Hedges' correction for 2 degrees of freedom is
    Γ(1) / (√1 Γ(1/2)) = 1 / √π. Of two comparisons each interval has 97.5%: t of 2 degrees of freedom at 1 - 0.0125 is
    6.205347, from u = 2 · 0.9875 - 1, t = u √(2 / (1 - u²)).
    """
    pair = ({0: 0.6, 1: 0.7, 2: 0.8}, {0: 0.5, 1: 0.5, 2: 0.5})
    found, _ = compare([pair, pair])
    assert found.effect == pytest.approx(2 / math.sqrt(math.pi))
    assert found.simultaneous is not None
    u = 2 * 0.9875 - 1
    assert found.simultaneous.half == pytest.approx(u * math.sqrt(2 / (1 - u * u)) * 0.1 / math.sqrt(3))


def test_holm_by_hand():
    # in order: 0.01 * 3, max(0.03 * 2, ...), max(0.04 * 1, ...)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_holm_as_statsmodels_does_it():
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 30):
        p = rng.uniform(size=n) ** 3
        p[n // 2 :] = p[n // 2]  # ties
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_holm_is_over_all_pairs_whatever_their_seeds():
    rng = np.random.default_rng(0)
    pairs = [({s: rng.normal() for s in range(n)}, {s: rng.normal() for s in range(n)}) for n in (3, 5, 5, 8)]
    found = compare(pairs)
    assert [c.holm_t for c in found] == pytest.approx(holm([c.p_t for c in found]))
    assert [c.holm_wilcoxon for c in found] == pytest.approx(holm([c.p_wilcoxon for c in found]))


def test_as_scipy_says_one_by_one_with_ties_and_zeros():
    rng = np.random.default_rng(0)
    tables = [rng.normal(size=(2, 6)), rng.normal(size=(2, 6)), rng.integers(0, 4, (2, 6)).astype(float)]
    pairs = [(dict(enumerate(a)), dict(enumerate(b))) for a, b in tables]
    for (a, b), found in zip(tables, compare(pairs)):
        assert found.p_t == pytest.approx(stats.ttest_rel(a, b).pvalue)
        assert found.p_wilcoxon == pytest.approx(stats.wilcoxon(a, b).pvalue)


@pytest.mark.parametrize("seeds", [3, 5, 8, 15])
def test_shares_of_few_images_as_scipy_says(seeds):
    """Differences in steps of 0.05: ties and zeros in nearly all of them."""
    rng = np.random.default_rng(seeds)
    for _ in range(5):
        a, b = rng.binomial(20, 0.8, (2, seeds)) / 20
        (found,) = compare([(dict(enumerate(a)), dict(enumerate(b)))])
        expected = math.nan if found.refused else stats.wilcoxon(a - b).pvalue
        assert found.p_wilcoxon == pytest.approx(expected, nan_ok=True)


def test_equal_runs_are_not_told_apart():
    same = {0: 0.5, 1: 0.6, 2: 0.7}
    (found,) = compare([(same, dict(same))])
    assert (found.significant, found.refused) == (False, "the differences do not vary over seeds")


BUDGETS = (10, 20, 40, 80)


def sweep(rng: np.random.Generator, conditions: int, seeds: int, skewed: bool, gain: float = 0.0):
    """AUBC by seed of runs whose seeds share a split, as Dice or as a distance with a long tail; the last one gains."""
    split = rng.normal(scale=0.05, size=seeds)
    found = []
    for i in range(conditions):
        noise = rng.gamma(1.0, 0.03, (seeds, len(BUDGETS))) if skewed else rng.normal(0, 0.03, (seeds, len(BUDGETS)))
        noise += rng.normal(0, 0.02, (seeds, 1))  # what a run is off by, it is off by at all budgets
        values = 0.7 + 0.05 * np.arange(len(BUDGETS)) + split[:, None] + noise + (gain if i == conditions - 1 else 0.0)
        found.append({s: measure(dict(zip(BUDGETS, values[s])), BUDGETS) for s in range(seeds)})
    return found


def any_significant(by_seed) -> bool:
    return any(c.significant for c in compare(list(combinations(by_seed, 2))))


@pytest.mark.slow
@pytest.mark.parametrize(("conditions", "seeds", "skewed"), [(2, 5, False), (2, 10, True), (4, 5, False), (4, 8, True)])
def test_random_against_random_is_significant_in_at_most_5_percent_of_sweeps(conditions, seeds, skewed):
    """The A/A check: 300 sweeps of conditions that all are random selection, so whatever comes out is false.

    With a true share of 5%, more than 24 of 300 come out in less than one of 100 such tests; at a true share of 10% it
    would be about 30. The draws are fixed, so the test always says the same.
    """
    rng = np.random.default_rng([conditions, seeds, int(skewed)])
    sweeps = 300
    false = sum(any_significant(sweep(rng, conditions, seeds, skewed)) for _ in range(sweeps))
    assert false <= stats.binom.ppf(0.99, sweeps, 0.05)


@pytest.mark.slow
def test_without_the_correction_the_check_would_fail():
    """So the check can fail: 6 uncorrected pairs of 4 equal conditions come out in far more than 5% of sweeps."""
    rng = np.random.default_rng(0)
    pairs = [compare(list(combinations(sweep(rng, 4, 5, skewed=False), 2))) for _ in range(150)]
    assert sum(any(c.p_t < 0.05 for c in found) for found in pairs) > stats.binom.ppf(0.99, 150, 0.05)


def test_a_real_difference_is_found():
    rng = np.random.default_rng(0)
    assert sum(any_significant(sweep(rng, 3, 8, skewed=False, gain=0.15)) for _ in range(20)) >= 19
