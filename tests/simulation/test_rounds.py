"""Many seeds at once against one seed in plain code."""

from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from alseg import randomness
from alseg.acquisition.bald import BALD
from alseg.acquisition.entropy import Entropy
from alseg.acquisition.margin import Margin
from alseg.acquisition.pld_rounds import RoundDivergence
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.data.split import split_by_group
from alseg.errors import ConfigError, DataError
from alseg.selection.candidates import Candidates
from alseg.selection.class_stratified import ClassStratified
from alseg.selection.greedy_oracle import GreedyOracle
from alseg.selection.k_center import KCenter
from alseg.selection.random import Random
from alseg.selection.top import Top
from alseg.simulation.fitting import fitted, over
from alseg.simulation.frozen import Frozen, of_points
from alseg.simulation.rounds import Scan, simulate
from alseg.simulation.setting import Setting
from alseg.simulation.world import World
from alseg.strategy import Strategy
from tests.helpers.composed import composed

RANDOM = Strategy("random", Random())
MARGIN = Strategy("margin", Top(), Margin())


@cache
def blobs(n: int = 90, dims: int = 5) -> Frozen:
    """Three overlapping classes, in groups of two."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, n)
    features = (rng.normal(size=(3, dims))[targets] + rng.normal(size=(n, dims))).astype(np.float32)
    return of_points("blobs", features, targets, [f"g{i // 2}" for i in range(n)])


def setting(**changes) -> Setting:
    return Setting(
        **{
            "name": "blobs",
            "frozen": blobs(),
            "initial": 8,
            "query": 4,
            "rounds": 4,
            "inverse_penalty": 1.0,
            "standardised": False,
        }
        | changes
    )


def plain(seed: int, strategy: Strategy, frozen: Frozen) -> list[list[str]]:
    """Labelled ids after the cold start and each of three queries: one seed, scikit-learn, numpy."""
    dataset, row = frozen.dataset, {id_: i for i, id_ in enumerate(frozen.dataset.ids)}
    split = split_by_group(dataset, test=0.2, val=0, max_val=None, rng=randomness.generator(seed, 0, "split"))
    labelled = Random().select(Candidates(split.pool), 8, randomness.generator(seed, 0, "query"))
    after = [list(labelled)]
    for round_ in (1, 2, 3):
        known = [row[i] for i in labelled]
        model = LogisticRegression(C=1.0, tol=1e-10, max_iter=5000).fit(frozen.features[known], dataset.targets[known])
        assert len(model.classes_) == 3
        ids = [i for i in split.pool if i not in labelled]
        rows = [row[i] for i in ids]
        p = model.predict_proba(frozen.features[rows]).astype(np.float32)
        ordered = np.sort(p, axis=1)
        scores = {
            "margin": ordered[:, -2] - ordered[:, -1],
            "entropy": -(p * np.log(p)).sum(axis=1),
        }.get(strategy.name)
        candidates = Candidates(
            tuple(ids),
            scores=scores,
            features=frozen.features[rows],
            labelled_ids=tuple(labelled),
            labelled_features=frozen.features[known],
            round=round_,
            probabilities=p,
            groups=tuple(dataset.groups[r] for r in rows),
            labelled_groups=tuple(dataset.groups[r] for r in known),
        )
        labelled += strategy.selector.select(candidates, 4, randomness.generator(seed, round_, "query"))
        after.append(list(labelled))
    return after


@pytest.mark.slow
@pytest.mark.parametrize("name", ["margin", "entropy", "k_center", "badge", "stratified_random"])
def test_it_asks_for_what_one_seed_in_plain_code_asks_for(name):
    strategy = instantiate(composed(f"strategy={name}").strategy)
    rounds = list(simulate(setting(), strategy, [3, 4]))
    for seed in (3, 4):
        mine = [list(one.labelled) for one in rounds if one.seed == seed]
        assert mine == plain(seed, strategy, blobs())


@pytest.mark.slow
def test_a_seed_does_not_depend_on_the_others():
    together = [one for one in simulate(setting(members=3), MARGIN, [0, 1, 2]) if one.seed == 1]
    assert [one.labelled for one in together] == [one.labelled for one in simulate(setting(members=3), MARGIN, [1])]


def test_metrics_are_those_of_the_test_set():
    """Accuracy counted by hand, of scikit-learn's model with the last labels."""
    last = [*simulate(setting(), RANDOM, [0])][-1]
    world = World(setting(), 0)
    known, frozen = world.rows(last.labelled), blobs()
    model = LogisticRegression(tol=1e-10, max_iter=5000).fit(frozen.features[known], frozen.dataset.targets[known])
    right = model.predict(frozen.features[world.test]) == frozen.dataset.targets[world.test]
    assert last.metrics["test/accuracy"] == pytest.approx(right.mean())
    assert not {*world.rows(world.pool)} & {*world.test}


def test_strategies_share_split_and_first_images():
    first = [next(iter(simulate(setting(), one, [7]))) for one in (RANDOM, MARGIN, Strategy("k", KCenter()))]
    assert len({one.labelled for one in first}) == 1
    assert len({str(one.metrics) for one in first}) == 1


def test_members_see_bootstrap_samples_of_all_labels():
    world = World(setting(members=4), 0)
    world.start()
    drawn = world.weights(1)
    assert drawn.shape == (4, 8)
    assert (drawn.sum(axis=1) == 8).all()
    assert (drawn != world.weights(2)).any()
    list(simulate(setting(members=4), Strategy("bald", Top(), BALD()), [0]))


def test_exponential_weights_lose_no_label():
    world = World(setting(members=3, weights="exponential"), 0)
    world.start()
    weights = world.weights(1)
    assert weights.shape == (3, 8)
    assert weights.mean(axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    assert (weights > 0).all()
    assert weights.std() > 0.3
    with pytest.raises(ValueError, match="weights=drawn: choose bootstrap or exponential"):
        setting(weights="drawn")


def test_a_thinned_pool_and_other_labels():
    world, whole = World(setting(kept={"1": 0.5, "2": 0.0}), 0), World(setting(), 0)
    mine, theirs = (np.bincount(one.targets[one.rows(one.pool)], minlength=3) for one in (world, whole))
    assert mine.tolist() == [theirs[0], round(theirs[1] / 2), 0]
    assert (world.test == whole.test).all()

    shuffled = [World(setting(relabel=lambda targets, rng: rng.permutation(targets)), seed).targets for seed in (0, 1)]
    assert all(sorted(one) == sorted(whole.targets) for one in shuffled)
    assert (shuffled[0] != shuffled[1]).any()


def dots(n: int = 12) -> Frozen:
    """Images of 4 x 4 pixels, two features: the class of the pixel, noisy, and noise."""
    rng = np.random.default_rng(0)
    targets = (rng.random((n, 4, 4)) < 0.3).astype(np.uint8)
    targets[0, 0, 0] = 255
    features = np.stack(
        [4.0 * (targets == 1) + rng.normal(0, 0.3, targets.shape), rng.normal(size=targets.shape)], axis=-1
    )
    ids = tuple(f"i{i:02d}" for i in range(n))
    images = np.zeros((n, 1, 4, 4), np.uint8)
    return Frozen(
        Dataset("dots", "segmentation", ids, ids, images, targets, ("background", "dot"), np.ones((n, 2))),
        features.astype(np.float16),
    )


def test_segmentation_learns_from_sampled_pixels():
    strategies = Strategy("entropy", Top(), Entropy()), Strategy("k_center", KCenter())
    for strategy in strategies:
        run = setting(frozen=dots(), initial=2, query=2, rounds=3, sampled=8)
        rounds = list(simulate(run, strategy, [0, 1]))
        assert [len(one.labelled) for one in rounds if one.seed == 0] == [2, 4, 6]
        assert all(len({*one.labelled}) == len(one.labelled) for one in rounds)
        assert min(one.metrics["test/dice"] for one in rounds if one.round == 2) > 0.95


def test_segmentation_scores_are_those_of_the_heads():
    """The mean entropy of each image's pixels, from the heads' logits by hand; ignored pixels are never sampled."""
    run = setting(frozen=dots(), initial=2, query=2, rounds=2, sampled=8)
    world = World(run, 0)
    world.start()
    assert not (world.training()[1] == 255).any()
    heads, scan = fitted(run, [world], 0), Scan(world, Strategy("entropy", Top(), Entropy()))
    for images, logits in over(run, heads):
        scan.see(images, logits[0])
    weight, bias = (part[0].numpy() for part in heads.layers[0])
    logits = dots().features.astype(np.float32) @ weight + bias
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    expected = (-(p * np.log(p)).sum(axis=-1) / np.log(2)).mean(axis=(1, 2))
    found = scan.candidates(1)
    assert found.scores == pytest.approx(expected[world.rows(found.ids)], abs=1e-5)


def test_scores_of_each_class_add_up_to_the_images():
    """A score of a class is the image's times the probability of the class."""
    run, strategy = setting(), Strategy("by_class", ClassStratified(Top(), background=True), Entropy())
    world = World(run, 0)
    world.start()
    heads, scan = fitted(run, [world], 0), Scan(world, strategy)
    for images, logits in over(run, heads):
        scan.see(images, logits[0])
    found = scan.candidates(1)
    assert found.class_scores.shape == (len(found), 3)
    assert found.class_scores.sum(axis=1) == pytest.approx(found.scores, abs=1e-6)
    assert found.truth is None


@pytest.mark.slow
def test_a_ceiling_sees_the_true_classes_and_ends_above_random():
    rounds = {}
    for strategy in (RANDOM, Strategy("oracle_greedy", GreedyOracle(tries=None))):
        last = [one.metrics["test/accuracy"] for one in simulate(setting(), strategy, range(10)) if one.round == 3]
        rounds[strategy.name] = np.mean(last)
    assert rounds["oracle_greedy"] > rounds["random"]


def test_metrics_of_a_kind_are_those_of_its_test_images():
    """Mean over kinds, weighted by their test images, is the accuracy of all."""
    kinds = ["odd" if i % 3 else "even" for i in range(90)]
    run = setting(counted=kinds)
    first = next(iter(simulate(run, RANDOM, [0])))
    test = World(run, 0).test
    share = np.mean([kinds[row] == "odd" for row in test])
    odd, even = (first.metrics[f"test/accuracy/{kind}"] for kind in ("odd", "even"))
    assert first.metrics["test/accuracy"] == pytest.approx(share * odd + (1 - share) * even)
    assert 0 < share < 1


@pytest.mark.parametrize(
    ("strategy", "changes", "told"),
    [
        (Strategy("bald", Top(), BALD()), {}, "BALD needs 2 members, and there are 1"),
        (
            Strategy("pld_rounds", Top(), RoundDivergence()),
            {"members": 2},
            "more than the members' predictions of this round",
        ),
        (Strategy("k", KCenter(), space="map"), {}, "there is no map to compare images on"),
        (RANDOM, {"initial": 80}, "92 labels are asked for, and the pool has"),
    ],
)
def test_what_cannot_be_simulated_is_said(strategy, changes, told):
    with pytest.raises(ConfigError, match=told):
        list(simulate(setting(**changes), strategy, [0]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rounds": 0}, "rounds=0: at least 1"),
        ({"inverse_penalty": 0}, "inverse_penalty=0: above 0"),
        ({"kept": {"x": 0.5}}, "kept.x: there is no such class; there are 0, 1, 2"),
        ({"kept": {"1": 2.0}}, "kept.1=2.0: it is a share"),
    ],
)
def test_an_impossible_setting(changes, told):
    with pytest.raises(ValueError, match=told):
        setting(**changes)


def test_features_of_other_images():
    with pytest.raises(DataError, match="features of shape"):
        Frozen(blobs().dataset, blobs().features[1:])
