"""ClaSP PE: a part of the query for each class, and noise that falls from query to query."""

import numpy as np
import pytest

from alseg.composition.instantiate import instantiate
from alseg.selection.annealed_power_noise import AnnealedPowerNoise
from alseg.selection.candidates import Candidates
from alseg.selection.class_stratified import ClassStratified
from alseg.selection.top import Top
from tests.helpers.composed import composed


def pool(n=60, classes=4, round_=1, seed=0):
    rng = np.random.default_rng(seed)
    return Candidates(
        tuple(f"{i:02d}" for i in range(n)),
        scores=rng.random(n).astype(np.float32),
        class_scores=rng.random((n, classes)).astype(np.float32),
        round=round_,
    )


@pytest.mark.parametrize(
    ("n", "share", "background"), [(10, 0.66, False), (11, 0.5, True), (9, 1.0, False), (9, 0, True)]
)
def test_each_class_takes_the_largest_of_its_scores_then_the_rest_by_all(n, share, background):
    candidates = pool()
    picked = [
        int(id_) for id_ in ClassStratified(Top(), share, background).select(candidates, n, np.random.default_rng(3))
    ]
    allocation = candidates.notes["allocation"]
    assert sum(allocation) == int(share * n)
    assert candidates.notes["overall"] == n - sum(allocation)
    given = [a for c, a in enumerate(allocation) if c or background]
    assert max(given) - min(given) <= 1
    assert background or allocation[0] == 0
    # By hand: the classes in the order in which they picked, each the best of what was left.
    left, at, turns = set(range(60)), 0, [c for c in range(4) if allocation[c]]
    while turns:
        best = {c: sorted(left, key=lambda i: -candidates.class_scores[i, c])[: allocation[c]] for c in turns}
        (turn,) = [c for c in turns if best[c] == picked[at : at + allocation[c]]]
        left -= set(best[turn])
        at += allocation[turn]
        turns.remove(turn)
    assert picked[at:] == sorted(left, key=lambda i: -candidates.scores[i])[: n - at]


def test_what_cannot_be_divided_goes_to_classes_by_lot():
    extra = set()
    for seed in range(30):
        candidates = pool()
        ClassStratified(Top()).select(candidates, 12, np.random.default_rng(seed))  # 7 among 3 classes
        assert sorted(candidates.notes["allocation"]) == [0, 2, 2, 3]
        extra.add(int(np.argmax(candidates.notes["allocation"])))
    assert extra == {1, 2, 3}


def test_one_class_alone_leaves_the_query_to_the_scores():
    candidates = pool(classes=1)
    picked = ClassStratified(Top()).select(candidates, 5, np.random.default_rng(0))
    assert [int(id_) for id_ in picked] == np.argsort(-candidates.scores)[:5].tolist()


def test_the_power_rises_geometrically_from_the_first_query_to_the_last():
    noise = AnnealedPowerNoise(Top(), first=1, last=100, rounds=6)  # five queries
    betas = []
    for round_ in range(1, 8):
        noise.select(pool(round_=round_), 5, np.random.default_rng(0))
        betas.append(noise.beta)
    assert betas == pytest.approx([1, 100**0.25, 10, 100**0.75, 100, 100, 100])
    for rounds in (1, 2):
        noise = AnnealedPowerNoise(Top(), rounds=rounds)
        noise.select(pool(round_=1), 5, np.random.default_rng(0))
        assert noise.beta == 1


def test_noise_is_that_of_the_power_of_its_query():
    candidates = pool(round_=3)
    picked = AnnealedPowerNoise(Top(), first=1, last=100, rounds=4).select(candidates, 9, np.random.default_rng(5))
    noisy = np.log(candidates.scores) + np.random.default_rng(5).gumbel(scale=1 / 100, size=60)
    assert [int(id_) for id_ in picked] == np.argsort(-noisy)[:9].tolist()


@pytest.mark.slow
def test_the_strategy_knows_how_many_rounds_the_run_has():
    strategy = instantiate(composed("strategy=clasp_pe", "budget.rounds=9").strategy)
    noise = strategy.selector.of
    assert (noise.first, noise.last, noise.rounds, strategy.selector.share) == (1, 100, 9, 0.66)
    assert strategy.needs_class_scores


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ClassStratified(Top(), share=1.2), "^share=1.2"),
        (lambda: AnnealedPowerNoise(Top(), first=0), "^first=0"),
        (lambda: AnnealedPowerNoise(Top(), last=-1), "^last=-1"),
        (lambda: AnnealedPowerNoise(Top(), rounds=0), "^rounds=0"),
    ],
)
def test_impossible_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
