"""Power of a design: against published tables, against simulation, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from alseg.report.statistics.comparisons import ALPHA, LEAST, paired_t
from alseg.report.statistics.power import MOST, Spread, detectable, power, seeds_needed, wilcoxon_seeds


@pytest.mark.parametrize(
    ("effect", "chance", "seeds"),
    [(0.2, 0.8, 199), (0.5, 0.8, 34), (0.8, 0.8, 15), (0.2, 0.9, 265), (0.5, 0.9, 44), (0.8, 0.9, 19)],
)
def test_pairs_needed_as_published(effect, chance, seeds):
    """Paired t-test, two-sided, 5%: Cohen's small, medium and large effect, as G*Power 3 has them."""
    assert seeds_needed(effect, 1.0, chance=chance) == seeds
    assert seeds_needed(-effect / 50, 1 / 50, chance=chance) == seeds  # neither sign nor unit matters


@pytest.mark.parametrize(("seeds", "comparisons"), [(3, 1), (3, 6), (5, 5), (10, 19)])
def test_the_formula_is_what_simulated_tests_find(seeds, comparisons):
    rng = np.random.default_rng([seeds, comparisons])
    sweeps, sd = 20_000, 0.02
    for effect in (0.0, 0.5, 1.0, 2.0):
        p = paired_t(rng.normal(effect * sd, sd, (seeds, sweeps)))
        expected = power(effect * sd, sd, seeds, comparisons)
        error = math.sqrt(expected * (1 - expected) / sweeps)
        assert (p < ALPHA / comparisons).mean() == pytest.approx(expected, abs=4 * error), effect


def test_without_an_effect_the_chance_is_the_level():
    assert power(0.0, 1.0, 7) == pytest.approx(0.05)
    assert power(0.0, 1.0, 7, 5) == pytest.approx(0.01)


def test_two_degrees_of_freedom_by_hand():
    """At 5% of 5 comparisons the limit is 9.9248 with 2 degrees of freedom, where a variance is exponential."""
    limit = 9.92484320
    assert 1 - limit / math.sqrt(limit**2 + 2) == pytest.approx(0.01)
    scale = np.sqrt(-np.log((np.arange(100_000) + 0.5) / 100_000))  # seen over true spread: its square has mean 1
    shift = 4.0 * math.sqrt(3)  # given the spread that was seen, the mean is normal
    expected = (stats.norm.sf(limit * scale - shift) + stats.norm.cdf(-limit * scale - shift)).mean()
    assert power(4.0, 1.0, 3, 5) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seeds", [3, 5, 10, 100])
@pytest.mark.parametrize("comparisons", [1, 5, 300])
def test_the_smallest_difference_takes_so_many_seeds(seeds, comparisons):
    smallest = detectable(0.02, seeds, comparisons)
    assert power(smallest, 0.02, seeds, comparisons) == pytest.approx(0.8, abs=1e-6)
    assert seeds_needed(smallest * 1.0001, 0.02, comparisons) == seeds
    assert seeds == LEAST or power(smallest, 0.02, seeds - 1, comparisons) < 0.8


def test_below_three_seeds_nothing_is_found():
    assert (power(9.0, 1.0, 2), power(9.0, 1.0, 1)) == (0.0, 0.0)
    assert detectable(1.0, 2) == math.inf
    assert seeds_needed(1e6, 1.0) == LEAST


def test_what_no_number_of_seeds_finds():
    assert seeds_needed(0.0, 1.0) is None
    assert seeds_needed(1e-4, 1.0) is None
    assert seeds_needed(0.03, 1.0) == pytest.approx(stats.norm.isf([0.2, 0.025]).sum() ** 2 / 0.03**2, abs=3)
    assert seeds_needed(0.03, 1.0) < MOST


@pytest.mark.parametrize("comparisons", [1, 5, 6, 15, 300])
def test_wilcoxon_can_reach_the_level_with_so_many_seeds_and_not_with_one_less(comparisons):
    n = wilcoxon_seeds(comparisons)

    smallest = {seeds: comparisons * stats.wilcoxon(np.arange(1.0, seeds + 1)).pvalue for seeds in (n - 1, n)}
    assert smallest[n] < ALPHA < smallest[n - 1]
    assert n == {1: 6, 5: 8, 6: 8, 15: 10, 300: 14}[comparisons]


def test_spread_by_hand():
    # variances 1 and 4, covariance 2: one of them would do, so there are no more than 2 degrees of freedom
    found = Spread.of(np.array([[0.0, 5.0], [1.0, 7.0], [2.0, 9.0]]))
    assert (found.sd, found.degrees) == (pytest.approx(math.sqrt(2.5)), pytest.approx(2.0))
    # variances 1 and 3, covariance 0: 2 * (1 + 3)² / (1² + 3²)
    found = Spread.of(np.array([[0.0, 1.0], [1.0, -2.0], [2.0, 1.0]]))
    assert (found.sd, found.degrees) == (pytest.approx(math.sqrt(2)), pytest.approx(3.2))
    single = Spread.of(np.array([[0.0], [1.0], [2.0]]))
    assert (single.sd, single.degrees) == (1.0, 2.0)
    assert single.upper() == pytest.approx(math.sqrt(2 / 0.446287))  # a fifth of chi-squared, 2 degrees: -2 ln 0.8
    same = Spread.of(np.ones((3, 2)))
    assert (same.sd, same.upper()) == (0.0, 0.0)


@pytest.mark.parametrize("spreads", [[1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 3], [3, 1, 1, 1, 1, 1]])
@pytest.mark.parametrize("seeds", [3, 5])
def test_the_upper_limit_is_above_the_truth_four_times_in_five(seeds, spreads):
    """Of differences from one control, whose spread is the first; it may err on the side of more seeds."""
    rng = np.random.default_rng([seeds, *spreads])
    scale = np.array(spreads, float)
    truth = math.sqrt(np.mean(scale[1:] ** 2 + scale[0] ** 2))
    sweeps = 300
    values = rng.normal(size=(sweeps, seeds, len(scale))) * scale
    above = sum(Spread.of(v[:, 1:] - v[:, :1]).upper() >= truth for v in values)
    assert above >= stats.binom.ppf(0.01, sweeps, 0.8)
