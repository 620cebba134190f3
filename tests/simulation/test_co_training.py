"""Members that teach each other or see a part of the features, and cold starts, in a simulation."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alseg.acquisition.bald import BALD
from alseg.errors import ConfigError
from alseg.networks.heads import Heads
from alseg.selection.k_center import KCenter
from alseg.selection.random import Random
from alseg.selection.top import Top
from alseg.simulation.co_training import CoTraining
from alseg.simulation.fitting import fitted
from alseg.simulation.frozen import of_points
from alseg.simulation.rounds import simulate
from alseg.simulation.setting import Setting
from alseg.simulation.world import World
from alseg.strategy import Strategy

RANDOM = Strategy("random", Random())


def setting(**changes) -> Setting:
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 90)
    features = (2 * np.eye(5)[targets] + rng.normal(size=(90, 5))).astype(np.float32)
    frozen = of_points("blobs", features, targets, [f"g{i // 2}" for i in range(90)])
    common = {"initial": 8, "query": 4, "rounds": 2, "inverse_penalty": 1.0, "standardised": False}
    return Setting(**{"name": "blobs", "frozen": frozen, **common, **changes})


def started(run: Setting, *seeds: int) -> list[World]:
    worlds = [World(run, seed) for seed in seeds]
    for world in worlds:
        world.start()
    return worlds


class Remembered:
    """A fit that answers with the same heads, and keeps what it was given."""

    def __init__(self, heads: Heads) -> None:
        self.heads = heads
        self.given: list[tuple[torch.Tensor, ...]] = []

    def __call__(self, *labels: torch.Tensor) -> Heads:
        self.given.append(labels)
        return self.heads


def test_each_head_is_taught_what_the_other_is_sure_of():
    """By hand: head 0 calls everything class 1 and is sure of it, head 1 is sure of nothing. So the second head gets all 20
    images as class 1, with half the weight of its eight labels over all of them, and the first gets none."""
    rule = CoTraining(mutual=0.5, confidence=0.7, unlabelled=20, times=2)
    run = setting(members=2, co_training=rule)
    [world] = started(run, 0)
    bias = torch.tensor([[0.0, 5.0, 0.0], [0.0, 0.0, 0.1]])
    fit = Remembered(Heads(((torch.zeros(2, 5, 3), bias),)))
    labels = (torch.arange(8).expand(2, -1), torch.zeros(2, 8, dtype=torch.int64), torch.ones(2, 8))
    rule.taught(fit.heads, run.frozen.matrix, labels, fit, [world], 0)
    assert len(fit.given) == 2
    rows, targets, weights = fit.given[0]
    assert {*rows[0, 8:].tolist()} == {*world.unlabelled_sample(20, 0).tolist()} <= {*world.rows(world.unlabelled)}
    assert (targets[1, 8:] == 1).all()
    assert weights[1, 8:].tolist() == pytest.approx([0.5 * 8 / 20] * 20)
    assert (weights[0, 8:] == 0).all()
    assert all((one[:, :8] == label).all() for one, label in zip(fit.given[0], labels))


def test_fewer_unlabelled_images_than_are_looked_at():
    """What fills up has no weight, and those that are there share all of it."""
    rule = CoTraining(mutual=1.0, confidence=0.0, unlabelled=500, times=1)
    run = setting(members=2, co_training=rule)
    [world] = started(run, 0)
    fit = Remembered(Heads(((torch.zeros(2, 5, 3), torch.tensor([[0.0, 5.0, 0.0]] * 2)),)))
    labels = (torch.zeros(2, 8, dtype=torch.int64), torch.zeros(2, 8, dtype=torch.int64), torch.ones(2, 8))
    rule.taught(fit.heads, run.frozen.matrix, labels, fit, [world], 0)
    weights = fit.given[0][2][:, 8:]
    assert ((weights > 0).sum(dim=1) == len(world.unlabelled)).all()
    assert weights.sum(dim=1).tolist() == pytest.approx([8, 8])


def test_a_seed_of_co_trained_heads_does_not_depend_on_the_others():
    run = setting(members=2, co_training=CoTraining(unlabelled=30))
    together, alone = (fitted(run, started(run, *seeds), 0).layers[0] for seeds in ((0, 1), (1,)))
    assert all(both[2:] == pytest.approx(one, abs=1e-4) for both, one in zip(together, alone))
    plain = fitted(replace(run, co_training=None), started(run, 1), 0).layers[0]
    assert plain[0].numpy() != pytest.approx(alone[0].numpy(), abs=1e-3)


def test_members_by_dropout_see_a_part_of_the_features_and_all_labels():
    run = setting(members=40, dropout=0.5)
    [world] = started(run, 0)
    seen = world.seen_features(0)
    assert {*seen.ravel().tolist()} == {0.0, 2.0}
    assert (seen > 0).mean() == pytest.approx(0.5, abs=0.1)
    assert (world.weights(0) == 1).all()
    weight = fitted(run, [world], 0).layers[0][0]
    assert (weight[torch.from_numpy(seen == 0)] == 0).all()
    list(simulate(setting(members=3, dropout=0.3), Strategy("bald", Top(), BALD()), [0]))


def test_cold_starts_share_the_split_and_look_where_they_are_told():
    """On a line with one image far out, k-center's two first images hold it; the frozen features say nothing of that."""
    line = np.zeros((90, 1), np.float32)
    plain = setting(initial=2, rounds=1)
    far = World(plain, 0).rows(World(plain, 0).pool)[3]
    line[far] = 100
    first = Strategy("k", KCenter(), space="map")
    chosen, random = (started(one, 0)[0] for one in (replace(plain, first=first, spaces={"map": line}), plain))
    assert plain.frozen.dataset.ids[far] in chosen.labelled
    assert chosen.pool == random.pool
    assert World(plain, 0).compared("learner", np.array([far])) == pytest.approx(plain.frozen.features[[far]])


def test_a_cold_start_that_cannot_be():
    with pytest.raises(ConfigError, match="there is no map to compare images on"):
        list(simulate(setting(first=Strategy("k", KCenter(), space="map")), RANDOM, [0]))
    with pytest.raises(ConfigError, match="first=b: it needs a model"):
        list(simulate(setting(first=Strategy("b", Top(), BALD())), RANDOM, [0]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"co_training": CoTraining()}, "two members of a classification teach each other; set members=2"),
        ({"dropout": 1.0}, "dropout=1.0: at least 0 and below 1"),
        ({"spaces": {"map": np.zeros((3, 2), np.float32)}}, "spaces.map: 3 rows for 90 images"),
    ],
)
def test_an_impossible_setting(changes, told):
    with pytest.raises(ValueError, match=told):
        setting(**changes)


@pytest.mark.parametrize(
    ("changes", "told"), [({"mutual": 0}, "mutual=0"), ({"confidence": 1}, "confidence=1"), ({"times": 0}, "times=0")]
)
def test_an_impossible_rule(changes, told):
    with pytest.raises(ValueError, match=told):
        CoTraining(**changes)
