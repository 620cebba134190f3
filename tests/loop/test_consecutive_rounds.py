"""Whole runs that compare the models of consecutive rounds."""

import weakref

import numpy as np
import pandas as pd
import pytest
import torch

from alseg import randomness
from alseg.acquisition.pld_rounds import RoundDivergence
from alseg.callbacks.stopping import ScoresBelow
from alseg.errors import AlsegError
from alseg.learners.learner import DataSpec
from alseg.loop.consecutive_rounds import ConsecutiveRounds
from alseg.loop.training import load_weights
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.selection.candidates import Candidates
from alseg.selection.score_diversity import ScoreDiversity
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers import kill_parts
from tests.helpers.loop_runs import ENTROPY, Crash, decisions, make_run
from tests.helpers.run_process import run_on_ranks, write_config
from tests.helpers.segmenters import segmenter
from tests.helpers.tiny_learner import TinyLearner

PLD_ROUNDS = Strategy("pld_rounds", Top(), RoundDivergence())
DIVERSE = Strategy("pld_rounds_diversity", ScoreDiversity(), RoundDivergence())


def sequal(spec, steps):
    small = ("learner.encoder=test_efficientnet", "learner.weights=none")
    return segmenter("learner=sequal", *small, spec=spec, steps=steps)


LEARNERS = {"one member": TinyLearner, "sequal": sequal}
AFTER_QUERY_2 = {"scores": ScoresBelow(1e9)}


FOUR_ROUNDS = {"strategy": PLD_ROUNDS, "budget": (3, 2, 4), "settings": {"weights_from": "previous"}}


def models(folder):
    return sorted(path.parent.name for path in folder.rglob("model.ckpt"))


def query(folder, round_):
    return pd.read_parquet(folder / "rounds" / f"{round_:02d}" / "scores.parquet").set_index("id")


def by_hand(folder, make_learner, dataset, ids):
    """The scores of query 2, in double precision from the two whole sets of probability maps."""
    images = torch.from_numpy(dataset.images[[dataset.ids.index(id_) for id_ in ids]])
    maps = []
    for round_ in (0, 1):
        learner = make_learner(DataSpec.of(dataset), 1).eval()
        load_weights(learner, RunFolder(folder).checkpoint(round_))
        with torch.inference_mode():
            logits = learner.predict_step({"image": images}).logits[-1]  # of the only member, or of the teacher
        maps.append(logits.double().softmax(dim=1).numpy())
    before, now = maps
    return (now * np.log(now / before)).sum(axis=1).mean(axis=(1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("name", LEARNERS)
def test_scores_are_those_of_two_probability_maps_computed_one_after_the_other(tmp_path, name):
    run = make_run(tmp_path, strategy=PLD_ROUNDS, make_learner=LEARNERS[name], stopping=AFTER_QUERY_2)
    run.run()
    assert query(tmp_path, 1)["score"].eq(0).all()  # nothing to compare yet
    table = query(tmp_path, 2)
    expected = by_hand(tmp_path, LEARNERS[name], run.pool.dataset, table.index)
    assert expected.min() > 0
    assert table["score"].to_numpy() == pytest.approx(expected, rel=1e-4, abs=1e-7)
    assert run.ledger.find("queried", 2)["ids"] == list(table["score"].nlargest(2).index)


@pytest.mark.slow
def test_the_first_query_is_random(tmp_path):
    run = make_run(tmp_path, strategy=PLD_ROUNDS, budget=(3, 2, 2))
    run.run()
    first = run.ledger.find("queried", 1)
    assert first["scores"] == [0, 0]
    unlabelled = tuple(query(tmp_path, 1).index)
    lots = Candidates(unlabelled, np.zeros(len(unlabelled), np.float32))
    assert first["ids"] == Top().select(lots, 2, randomness.generator(0, 1, "query"))
    assert first["ids"] != Top().select(lots, 2, randomness.generator(1, 1, "query"))


@pytest.mark.slow
def test_a_first_query_without_scores_stops_no_run(tmp_path):
    run = make_run(tmp_path, strategy=PLD_ROUNDS, stopping=AFTER_QUERY_2)
    run.run()
    assert next(run.ledger.of("finished"))["reason"] == "scores: no score of the query reaches 1e+09"
    assert [e["round"] for e in run.ledger.of("queried")] == [0, 1, 2]


@pytest.mark.slow
def test_a_selector_may_look_at_features_too(tmp_path):
    run = make_run(tmp_path, strategy=DIVERSE)
    assert run.run().phase == "done"
    assert query(tmp_path, 2)["score"].gt(0).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "kept"), [(PLD_ROUNDS, ["02", "03"]), (ENTROPY, ["03"])], ids=lambda x: getattr(x, "name", None)
)
def test_the_models_that_stay(tmp_path, strategy, kept):
    run = make_run(tmp_path, strategy=strategy, budget=(3, 2, 4))
    found = []
    train = run._train
    run._train = lambda round_: (train(round_), found.append(models(tmp_path)))[0]
    run.run()
    two = strategy is PLD_ROUNDS
    assert found == ([["00"], ["00", "01"], ["01", "02"], ["02", "03"]] if two else [["00"], ["01"], ["02"], ["03"]])
    assert models(tmp_path) == kept


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    make_run(folder, **FOUR_ROUNDS).run()
    return folder


class CrashAtOnce(Ledger):
    """Falls over when an event of round 2 has just been written."""

    kind = ""

    def record(self, event, round_, **fields):
        entry = super().record(event, round_, **fields)
        if (event, round_) == (self.kind, 2):
            raise Crash
        return entry


@pytest.mark.slow
@pytest.mark.parametrize("event", ["trained", "evaluated", "queried"])
def test_a_crash_as_soon_as_something_is_in_the_ledger_changes_nothing(tmp_path, whole, event, monkeypatch):
    """Where an old model is deleted, and where both models are needed."""
    with monkeypatch.context() as patch:
        patch.setattr(CrashAtOnce, "kind", event)
        patch.setattr("alseg.loop.controller.Ledger", CrashAtOnce)
        with pytest.raises(Crash):
            make_run(tmp_path, **FOUR_ROUNDS).run()
    assert (
        models(tmp_path) == {"trained": ["00", "01", "02"], "evaluated": ["01", "02"], "queried": ["00", "01"]}[event]
    )
    assert_goes_on_like(whole, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", [1, 2])
def test_a_crash_between_scan_and_query_changes_nothing(tmp_path, whole, round_):
    """The scores are computed again, by a process that has trained neither model."""
    crashing = make_run(tmp_path, **FOUR_ROUNDS)
    select = crashing._select

    def crash(now):
        if now == round_:
            raise Crash
        return select(now)

    crashing._select = crash
    with pytest.raises(Crash):
        crashing.run()
    assert_goes_on_like(whole, tmp_path)


def assert_goes_on_like(whole, folder):
    assert make_run(folder, **FOUR_ROUNDS).run().phase == "done"
    assert decisions(folder) == decisions(whole)
    assert models(folder) == models(whole) == ["02", "03"]
    for round_ in (1, 2, 3):
        pd.testing.assert_frame_equal(query(folder, round_), query(whole, round_))


@pytest.mark.slow
def test_a_previous_model_that_is_gone_is_named(tmp_path):
    run = make_run(tmp_path, strategy=PLD_ROUNDS)
    evaluate = run._evaluate

    def lose(round_):
        if round_ == 1:
            (tmp_path / "rounds" / "00" / "model.ckpt").unlink()
        return evaluate(round_)

    run._evaluate = lose
    with pytest.raises(AlsegError, match=r"00.model\.ckpt: the checkpoint cannot be read"):
        run.run()
    assert len(list(Ledger(tmp_path / "ledger.jsonl", writable=False).of("evaluated"))) == 2


@pytest.mark.slow
def test_no_map_outlives_its_batch(tmp_path, monkeypatch):
    """What is alive when a batch comes in are at most the maps of the batch before."""
    alive, most = [], []
    inner = ConsecutiveRounds.predict_step

    def predict_step(self, batch, *rest):
        prediction = inner(self, batch, *rest)
        alive.append(weakref.ref(prediction.logits))
        most.append(sum(reference() is not None for reference in alive))
        return prediction

    monkeypatch.setattr(ConsecutiveRounds, "predict_step", predict_step)
    run = make_run(tmp_path, strategy=PLD_ROUNDS)
    run.pool.eval_batch_size = 2
    run.run()
    assert len(alive) > 20
    assert max(most) <= 2


@pytest.mark.slow
def test_two_ranks_find_the_scores_that_one_process_finds(tmp_path):
    folder = write_config(tmp_path / "run", steps=4, devices=2, checkpoints="all")
    config = folder / "config.yaml"
    config.write_text(
        config.read_text().replace(
            "tests.helpers.kill_parts.SlowEntropy", "alseg.acquisition.pld_rounds.RoundDivergence"
        )
    )
    run_on_ranks(folder)
    assert query(folder, 1)["score"].eq(0).all()
    table = query(folder, 2)
    expected = by_hand(folder, TinyLearner, kill_parts.discs("discs"), table.index)
    assert table["score"].to_numpy() == pytest.approx(expected, rel=1e-4, abs=1e-7)
    assert len(table) == Ledger(folder / "ledger.jsonl", writable=False).find("queried", 2)["pool"]
