"""Selectors around selectors: what the inner one sees, and what they need together."""

import logging

import numpy as np
import pytest
from scipy.stats import chisquare

from alseg.errors import QueryError
from alseg.selection.kmeans import KMeans
from alseg.selection.partly_random import PartlyRandom
from alseg.selection.power_noise import PowerNoise
from alseg.selection.prefilter import Prefilter
from alseg.selection.random import Random
from alseg.selection.score_diversity import ScoreDiversity
from alseg.selection.stochastic_batches import StochasticBatches
from alseg.selection.subsample import Subsample
from alseg.selection.top import Top


@pytest.mark.parametrize(
    ("wrapper", "needs"),
    [
        (Subsample(Random()), set()),
        (Subsample(Top()), {"scores"}),
        (Subsample(KMeans()), {"features"}),
        (Prefilter(Random()), {"scores"}),
        (Prefilter(KMeans()), {"scores", "features"}),
        (PowerNoise(KMeans()), {"scores", "features"}),
        (Subsample(Prefilter(KMeans())), {"scores", "features"}),
        (PowerNoise(ScoreDiversity()), {"scores", "features"}),
    ],
    ids=lambda value: type(value).__name__,  # not the object's address, nor the order of a set
)
def test_a_wrapper_needs_what_the_inner_one_needs_and_its_own(wrapper, needs):
    assert wrapper.needs == needs
    assert Subsample.needs == frozenset()  # the class is untouched


def test_what_the_inner_one_lacks_is_named(select):
    with pytest.raises(QueryError, match="Subsample needs features"):
        select(Subsample(KMeans()), 3, scores=np.arange(10))


def test_prefilter_hides_all_but_the_largest_scores(select):
    scores = np.random.default_rng(0).permutation(100)
    seen = {row for seed in range(60) for row in select(Prefilter(Random(), factor=3), 4, scores=scores, seed=seed)}
    assert seen == set(np.flatnonzero(scores >= 88))


def test_prefilter_breaks_ties_by_lot(select):
    picks = {select(Prefilter(Random(), factor=1), 1, scores=np.ones(20), seed=seed)[0] for seed in range(40)}
    assert len(picks) > 10


def test_prefilter_with_factor_1_is_top(select):
    scores = np.random.default_rng(0).random(50)
    assert sorted(select(Prefilter(Random(), factor=1), 7, scores=scores)) == sorted(select(Top(), 7, scores=scores))


def test_prefilter_of_more_than_the_pool_is_the_inner_one_alone(select, blobs):
    points, of = blobs(10, 10, 10)
    scores = np.random.default_rng(0).random(30)
    assert sorted(of[select(Prefilter(KMeans(), factor=1000), 3, points, scores)]) == [0, 1, 2]


def test_uncertainty_times_cluster(select, blobs):
    # Half of every blob is uncertain, and one blob is certain as a whole.
    points, of = blobs(20, 20, 20, 20)
    scores = np.where(np.arange(80) % 2, 0.9, 0.1) * (of != 2)
    picked = select(Prefilter(KMeans(), factor=10), 3, points, scores)
    assert sorted(of[picked]) == [0, 1, 3]
    assert all(row % 2 for row in picked)


def test_subsample_shows_so_many_at_random(select):
    scores = np.arange(100)
    # The best of 10 random ones: rarely the best of all, and never among the 9 worst.
    picks = [select(Subsample(Top(), size=10), 1, scores=scores, seed=seed)[0] for seed in range(200)]
    assert min(picks) >= 9
    assert 0.02 < np.mean(np.array(picks) == 99) < 0.2  # 0.1 is expected
    assert abs(np.mean(picks) - 91) < 3  # the mean of the largest of 10 out of 0 ... 99 is 10 * 101 / 11 - 1


def test_subsample_takes_no_fewer_than_n_and_no_more_than_the_pool(select):
    scores = np.arange(30)
    assert len(set(select(Subsample(Top(), size=2), 7, scores=scores))) == 7
    assert select(Subsample(Top(), size=1000), 7, scores=scores) == list(range(29, 22, -1))


def test_power_noise_at_large_beta_is_top(select):
    scores = np.random.default_rng(0).random(50)
    assert select(PowerNoise(Top(), beta=1e9), 10, scores=scores) == select(Top(), 10, scores=scores)


@pytest.mark.slow
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_power_noise_draws_in_proportion_to_a_power_of_the_score(select, beta):
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    counts = np.bincount([select(PowerNoise(Top(), beta), 1, scores=scores, seed=s)[0] for s in range(4000)])
    expected = scores**beta / (scores**beta).sum()
    assert chisquare(counts, 4000 * expected).pvalue > 0.01


def test_power_noise_puts_scores_of_0_and_below_last_and_says_so(select, caplog):
    scores = np.array([0.5, 0.0, 0.2, -3.0, 0.9, 0.4])
    with caplog.at_level(logging.WARNING):
        for seed in range(20):
            assert sorted(select(PowerNoise(Top()), 4, scores=scores, seed=seed)) == [0, 2, 4, 5]
    assert "2 of 6 scores are not above 0" in caplog.text


def test_stochastic_batches_takes_the_best_of_its_groups(select):
    scores = np.random.default_rng(0).random(47)
    picked = select(StochasticBatches(), 5, scores=scores, seed=3)
    groups = np.random.default_rng(3).permutation(47)[:45].reshape(9, 5)  # its draw
    best = max(groups, key=lambda group: scores[group].mean())
    assert set(picked) == set(best)
    assert picked == sorted(picked, key=lambda row: -scores[row])


def test_stochastic_batches_of_one_leave_out_nothing(select):
    scores = np.random.default_rng(0).random(47)
    assert select(StochasticBatches(), 1, scores=scores) == [scores.argmax()]


def test_stochastic_batches_of_more_than_half_the_pool_are_random(select):
    scores = np.arange(10)
    assert len({tuple(select(StochasticBatches(), 6, scores=scores, seed=seed)) for seed in range(30)}) > 10


@pytest.mark.parametrize(("share", "drawn"), [(0, 0), (0.3, 3), (0.5, 5), (1, 10)])
def test_partly_random_draws_a_share_and_leaves_the_rest_to_the_inner_one(select, share, drawn):
    scores = np.arange(1000)
    seen: set[int] = set()
    for seed in range(30):
        picked = select(PartlyRandom(Top(), share), 10, scores=scores, seed=seed)
        left = np.setdiff1d(scores, picked[:drawn])
        assert picked[drawn:] == sorted(left, reverse=True)[: 10 - drawn]
        seen |= set(picked[:drawn])
    assert len(seen) >= 25 * drawn  # anew each time, from everywhere


@pytest.mark.slow
def test_partly_random_is_uniform(select):
    counts = np.bincount([select(PartlyRandom(Top(), 0.5), 2, scores=[5, 1, 2, 3], seed=s)[0] for s in range(3000)])
    assert chisquare(counts).pvalue > 0.01


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: Prefilter(Top(), factor=0.5), "factor=0.5"),
        (lambda: Subsample(Top(), size=0), "size=0"),
        (lambda: PowerNoise(Top(), beta=0), "beta=0"),
        (lambda: PartlyRandom(Top(), share=1.5), "share=1.5"),
        (lambda: KMeans(per_cluster=0), "per_cluster=0"),
    ],
)
def test_impossible_arguments(make, key):
    with pytest.raises(ValueError, match=f"^{key}: "):
        make()
