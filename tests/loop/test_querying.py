"""The query of a classification: what the scan gathers, what strategies ask of learners, what the ledger hears."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from alseg.acquisition.bald import BALD
from alseg.acquisition.disagreement import Disagreement
from alseg.acquisition.entropy import Entropy
from alseg.acquisition.foreground import Foreground
from alseg.acquisition.inconsistency import Inconsistency
from alseg.acquisition.predicted_loss import PredictedLoss
from alseg.errors import ConfigError, QueryError
from alseg.learners.learner import DataSpec
from alseg.loop.training import load_weights
from alseg.runs.ledger import Ledger
from alseg.selection.badge import Badge
from alseg.selection.class_balanced import ClassBalanced
from alseg.selection.class_stratified import ClassStratified
from alseg.selection.kmeans import KMeans
from alseg.selection.random import Random
from alseg.selection.selector import Selector
from alseg.selection.stratified_random import StratifiedRandom
from alseg.selection.threshold import Threshold
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.composed import composed
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.loop_runs import decisions, make_run
from tests.helpers.pools import make_pool
from tests.helpers.two_heads import TwoHeads, classification_run, tiles

DUS_CS = Strategy("dus_cs", Threshold(KMeans()), Disagreement())
BADGE = Strategy("badge", Badge())
CLASS_BALANCED = Strategy("class_balanced", ClassBalanced(Random()))
STRATIFIED = Strategy("stratified_random", StratifiedRandom())


def query(folder, round_=1):
    return Ledger(folder / "ledger.jsonl", writable=False).find("queried", round_)


@pytest.fixture
def pool():
    dataset = tiles()
    pool = make_pool(dataset)
    pool.label(dataset.ids[:6], dataset.targets[:6])
    return pool


def two_heads(pool):
    torch.manual_seed(0)
    return TwoHeads(DataSpec.of(pool.dataset), 5).eval()


def test_a_scan_gathers_the_mean_probabilities_of_the_unlabelled_images(pool):
    learner = two_heads(pool)
    found = training(eval_batch_size=4).scan(learner, pool, None, keep_features=True, keep_probabilities=True)
    rows = [pool.row(id_) for id_ in pool.unlabelled]
    with torch.inference_mode():
        prediction = learner.predict_step({"image": torch.from_numpy(pool.dataset.images[rows])})
    assert found.probabilities.dtype == np.float32
    assert found.probabilities == pytest.approx(prediction.mean.numpy(), abs=1e-6)
    assert found.features == pytest.approx(prediction.features.numpy(), abs=1e-5)
    assert found.scores is None


def test_probabilities_without_features_or_scores(pool):
    found = training().scan(two_heads(pool), pool, None, keep_features=False, keep_probabilities=True)
    assert found.features is None
    assert found.probabilities.shape == (len(pool.unlabelled), 3)
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)
    without = training().scan(two_heads(pool), pool, Entropy(), keep_features=False)
    assert without.probabilities is None


def test_probabilities_of_a_diverged_model_are_an_error(pool):
    learner = two_heads(pool)
    learner.heads[0].bias.data.fill_(float("nan"))
    with pytest.raises(QueryError, match="a probability is not finite"):
        training().scan(learner, pool, None, keep_features=False, keep_probabilities=True)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [DUS_CS, BADGE, CLASS_BALANCED, STRATIFIED], ids=lambda s: s.name)
def test_whole_runs_decide_alike_every_time(tmp_path, strategy):
    for name in "ab":
        run = classification_run(tmp_path / name, strategy, budget=(6, 5, 3))
        assert run.run().phase == "done"
    labelled = Ledger(tmp_path / "a" / "ledger.jsonl").labelled
    assert len(labelled) == len(set(labelled)) == 16
    assert decisions(tmp_path / "a") == decisions(tmp_path / "b")


def test_the_ledger_says_how_many_disagreed(tmp_path):
    classification_run(tmp_path, DUS_CS, budget=(6, 5, 2)).run()
    asked = query(tmp_path)
    table = pd.read_parquet(tmp_path / "rounds" / "01" / "scores.parquet")
    notes = asked["notes"]
    assert notes["level"] == 1
    assert notes["reached"] == int((table["score"] >= 1).sum())
    assert [pick["id"] for pick in notes["picks"]] == asked["ids"]
    if notes["reached"] > 5:
        assert sum(notes["sizes"]) == notes["reached"]
        assert min(asked["scores"]) >= 1
    else:
        assert asked["scores"] == pytest.approx(sorted(table["score"], reverse=True)[:5])


def test_the_ledger_has_the_cluster_of_each_pick_and_no_more(tmp_path):
    strategy = replace(DUS_CS, selector=Threshold(KMeans(), level=0.0))  # all reach it
    classification_run(tmp_path, strategy, budget=(6, 5, 2)).run()
    asked = query(tmp_path)
    assert asked["notes"]["reached"] == asked["pool"] == sum(asked["notes"]["sizes"])
    assert [pick["cluster"] for pick in asked["notes"]["picks"]] == [0, 1, 2, 3, 4]
    assert len(json.dumps(asked["notes"])) < 200 * 5


def test_class_balance_is_noted(tmp_path):
    classification_run(tmp_path, CLASS_BALANCED, budget=(6, 5, 2)).run()
    notes = query(tmp_path)["notes"]
    assert sum(notes["predicted"]) == query(tmp_path)["pool"]
    assert sum(notes["allocation"]) == 5


@pytest.mark.slow
def test_stratified_random_reaches_every_group_before_it_comes_back(tmp_path):
    run = classification_run(tmp_path, STRATIFIED, cold_start=STRATIFIED, budget=(6, 4, 3))
    run.run()
    groups = [run.pool.dataset.groups[run.pool.row(id_)] for id_ in run.ledger.labelled]
    there = {run.pool.dataset.groups[run.pool.row(id_)] for id_ in run.pool.split.pool}
    assert len(set(groups[: len(there)])) == min(len(there), 14)
    assert len(groups) == 14


def test_stratified_random_asks_no_model(tmp_path):
    assert not STRATIFIED.needs_model
    run = make_run(tmp_path, strategy=STRATIFIED, budget=(3, 2, 2))  # of a segmentation
    assert run.run().phase == "done"


def test_badge_looks_at_the_model_for_both_parts():
    assert BADGE.needs_model
    assert BADGE.needs_probabilities
    assert BADGE.needs_learner_features
    frozen = replace(BADGE, space="embedding")
    assert frozen.needs_model  # for the probabilities
    assert not frozen.needs_learner_features


class WithLoss(TwoHeads):
    def predict_members(self, images):
        prediction = super().predict_members(images)
        return replace(prediction, loss=prediction.features.sum(dim=1))


@pytest.mark.slow
def test_the_largest_predicted_losses_are_asked_for(tmp_path):
    strategy = Strategy("learning_loss", Top(), PredictedLoss())
    classification_run(tmp_path, strategy, make_learner=WithLoss, budget=(6, 5, 2)).run()
    table = pd.read_parquet(tmp_path / "rounds" / "01" / "scores.parquet").set_index("id")
    assert query(tmp_path)["ids"] == list(table["score"].nlargest(5).index)


class Plain(TwoHeads):
    members = 1

    def predict_members(self, images):
        prediction = super().predict_members(images)
        return replace(prediction, logits=prediction.logits[:1])


@pytest.mark.parametrize(
    ("strategy", "learner", "expected"),
    [
        (
            Strategy("bald", Top(), BALD()),
            Plain,
            "strategy=bald: BALD compares 2 or more members, and Plain predicts with 1",
        ),
        (DUS_CS, Plain, "strategy=dus_cs: Disagreement compares 2 or more members"),
        (
            Strategy("learning_loss", Top(), PredictedLoss()),
            TwoHeads,
            "strategy=learning_loss: PredictedLoss goes by the loss that a learner predicts, and TwoHeads predicts none; "
            "choose learner=learning_loss",
        ),
        (
            Strategy("drop_query", Top(), Inconsistency()),
            TwoHeads,
            "strategy=drop_query: Inconsistency compares dropout members with the network that they are parts of, and TwoHeads "
            "has none; choose learner=classifier_dropout",
        ),
        (
            Strategy("foreground_random", Top(), Foreground()),
            TwoHeads,
            "strategy=foreground_random: Foreground is for segmentation, and the data set is for classification",
        ),
    ],
    ids=["bald", "dus_cs", "learning_loss", "drop_query", "foreground_random"],
)
def test_what_a_classifier_cannot_give_is_found_out_before_any_training(tmp_path, strategy, learner, expected):
    with pytest.raises(ConfigError) as raised:
        classification_run(tmp_path, strategy, make_learner=learner)
    assert str(raised.value).startswith(expected)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "ledger.jsonl").exists()


@pytest.mark.parametrize("selector", [Badge(), ClassBalanced(Random())], ids=["Badge", "ClassBalanced"])
def test_the_class_of_an_image_means_nothing_in_a_segmentation(tmp_path, selector: Selector):
    with pytest.raises(ConfigError) as raised:
        make_run(tmp_path, make_dataset(n=40, groups=20), strategy=Strategy("s", selector))
    assert "strategy=s: its selector" in str(raised.value)
    assert "goes by the class of a whole image, and the data set is for segmentation" in str(raised.value)


@pytest.mark.slow
def test_scores_of_each_class_reach_the_selector(tmp_path):
    """Class by class, as the model of round 0 scores them, image by image."""
    seen = []

    class Watching(ClassStratified):
        def pick(self, candidates, n, rng):
            seen.append(candidates)
            return super().pick(candidates, n, rng)

    strategy = Strategy("by_class", Watching(Top()), Entropy())
    data, keep = make_dataset(n=40, groups=20, classes=3), {"checkpoints": "all"}
    run = make_run(tmp_path, data, strategy=strategy, budget=(3, 4, 2), settings=keep)
    run.run()
    (candidates,) = seen
    with torch.no_grad():
        model = run._models.untrained(0).eval()
        load_weights(model, run.folder.checkpoint(0))
        p = model.predict_step({"image": run.pool.images(candidates.ids)}).mean.double()
    entropy = -(p * p.log()).sum(dim=1, keepdim=True) / np.log(3)
    assert candidates.class_scores.shape == (len(candidates), 3)
    assert np.allclose(candidates.class_scores, (entropy * p).flatten(2).mean(dim=2), atol=1e-6)
    assert query(tmp_path)["notes"]["allocation"] == [0, 1, 1]


@pytest.mark.slow
def test_coreset_is_another_name_of_k_center():
    coreset, k_center = (composed(f"strategy={name}").strategy for name in ("coreset", "k_center"))
    assert coreset.name == "coreset"
    assert {**coreset, "name": "k_center"} == {**k_center}


def test_no_cold_start_goes_by_probabilities(tmp_path):
    with pytest.raises(ConfigError, match="cold_start=badge: it needs a trained model"):
        classification_run(tmp_path, BADGE, cold_start=BADGE)
