"""Faults of SEQUAL's released code that only whole rounds can show: real networks, real refinement, the real loop."""

import math
from collections import Counter

import pytest
import torch

from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.learners.learner import DataSpec
from alseg.runs.ledger import Ledger
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.loop_runs import make_run
from tests.helpers.pools import make_pool
from tests.helpers.segmenters import segmenter

SMALL = [
    "learner=sequal_once",
    "learner.encoder=mobilenetv3_small_050",
    "learner.weights=none",
    "+learner.architecture_options.decoder_channels=[16,8,8,8,8]",
]
STEPS, ROUNDS = 6, 3


def norms(network):
    return [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]


class Watched:
    """Learners of a run that note what happens in each training step."""

    def __init__(self):
        self.learners, self.trains, self.weights, self.unknown = [], [], [], []

    def __call__(self, spec, steps):
        options = ["learner.rampup=0.5", "learner.refine.checks=3", "learner.refine.at_latest=0.5"]
        options.append("learner.refine.collapse=0")  # a teacher of three steps errs too much to be believed
        learner = segmenter(*SMALL, *options, "learner.refine.confidence=0.3", spec=spec, steps=steps)
        step, weight = learner.training_step, learner.consistency_weight

        def training_step(batch, *rest):
            self.trains.append(all(m.training for m in norms(learner.student)))
            self.trains.append(not any(m.training for m in norms(learner.teacher)))
            self.unknown.append(float((batch["labelled"]["target"] == 255).float().mean()))
            return step(batch, *rest)

        def consistency_weight(number):
            self.weights.append(weight(number))
            return self.weights[-1]

        learner.training_step, learner.consistency_weight = training_step, consistency_weight
        self.learners.append(learner)
        return learner


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Three rounds in which weights go on, as released; 255 in half of every annotation, as in the paper."""
    from tests.helpers.refinement import OneColumn

    dataset, watched = make_dataset(n=40, groups=20), Watched()
    folder = tmp_path_factory.mktemp("run")
    active = make_run(
        folder,
        dataset,
        oracle=OneColumn(dataset),
        strategy=Strategy("pld", Top(), PseudoLabelDivergence()),
        make_learner=watched,
        training=training(steps=STEPS, batch_size=4, weights_from="previous"),
    )
    active.pool.steps = STEPS
    active.run()
    return active, watched, Ledger(folder / "ledger.jsonl")


@pytest.mark.slow
def test_the_loop_goes_on_after_the_first_round(run):
    _, _, ledger = run
    assert [row["n_labelled"] for row in ledger.rows()] == [3, 5, 7]
    assert [event["steps"] for event in ledger.of("trained")] == [STEPS] * ROUNDS


@pytest.mark.slow
def test_networks_are_in_their_modes_at_every_step_of_every_round(run):
    """Each round looks at the curve, repairs, validates, tests and scans in between."""
    _, watched, _ = run
    assert len(watched.trains) == 2 * STEPS * ROUNDS
    assert all(watched.trains)


@pytest.mark.slow
def test_batch_norm_and_average_go_on_from_round_to_round(run):
    active, watched, _ = run
    last = watched.learners[-1]
    assert active.last_learner() is last
    assert {int(m.num_batches_tracked) for m in norms(last.student)} == {STEPS * ROUNDS}
    assert int(last.averaged_steps) == STEPS * ROUNDS
    for name, mine in last.teacher.state_dict().items():
        if "running_mean" in name:
            assert mine.abs().sum() > 0, name  # where it began


def test_the_consistency_weight_is_full_in_every_round(run):
    _, watched, _ = run
    rounds = [watched.weights[i : i + STEPS] for i in range(0, STEPS * ROUNDS, STEPS)]
    assert len(rounds) == ROUNDS
    for weights in rounds:
        assert weights[0] == pytest.approx(math.exp(-5))
        assert weights[3:] == [1.0] * 3


def test_refined_labels_are_trained_with_in_their_round(run):
    _, watched, ledger = run
    for trained in ledger.of("trained"):
        (repair,) = trained["refined"]
        assert repair["step"] < STEPS
        assert sum(repair["filled"]) > 0
    first = watched.unknown[:STEPS]
    assert min(first[:4]) > max(first[4:])


def test_the_curve_is_in_percent_of_the_working_labels(run):
    _, _, ledger = run
    for trained in ledger.of("trained"):
        (curve,) = (repair["miou"] for repair in trained["refined"])
        assert all(1 < value <= 100 for value in curve)


def test_every_unlabelled_image_is_seen_equally_often_and_in_new_orders():
    dataset = make_dataset()
    pool = make_pool(dataset, steps=10)
    pool.label(dataset.ids[:6], dataset.targets[:6])
    orders = []
    for round_ in range(2):
        pool.begin_round(round_, uses_unlabelled=True)
        batches = [batch["unlabelled"]["row"].tolist() for batch, _, _ in pool.train_dataloader()]
        orders.append([row for batch in batches for row in batch])
    assert Counter(orders[0]) == Counter(dict.fromkeys(range(6, 16), 3))
    passes = [orders[0][i : i + 10] for i in (0, 10, 20)] + [orders[1][:10]]
    assert all(sorted(order) == list(range(6, 16)) != order for order in passes)
    assert len({tuple(order) for order in passes}) == 4


@pytest.mark.slow
def test_query_and_refinement_pass_batches_through_each_network_once():
    dataset = make_dataset()
    pool = make_pool(dataset)
    pool.label(dataset.ids[:6], dataset.targets[:6])
    learner = segmenter(*SMALL, spec=DataSpec.of(dataset), steps=6)
    calls = {"student": [], "teacher": []}
    for name, sizes in calls.items():
        getattr(learner, name).register_forward_pre_hook(lambda _, x, sizes=sizes: sizes.append(len(x[0])))
    training(eval_batch_size=5).scan(learner, pool, PseudoLabelDivergence(), keep_features=True)
    assert calls == {"student": [5, 5, 5, 1], "teacher": [5, 5, 5, 1]}  # 10 unlabelled images and 6 labelled

    for sizes in calls.values():
        sizes.clear()
    with torch.no_grad():
        learner.eval()
        learner.refine._student_miou(learner, pool)
        learner.refine._repair(learner, pool, 1)
    assert calls["student"] == [5, 1]
    assert calls["teacher"] == [5, 1]
