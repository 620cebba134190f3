"""The loop, with a learner that takes milliseconds."""

import json

import numpy as np
import pandas as pd
import pytest

from alseg.acquisition.entropy import Entropy
from alseg.callbacks.stopping import CostReached, GainBelow, ScoresBelow, TargetReached
from alseg.data.pool import PoolDataModule
from alseg.data.split import split_by_group
from alseg.errors import ConfigError, QueryError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.simulated import Simulated
from alseg.runs.ledger import Ledger
from alseg.selection.top import Top
from alseg.strategy import Strategy
from alseg.tracking.tracker import Tracker
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import ENTROPY, K_CENTER, RANDOM, Crash, decisions, make_run
from tests.helpers.tiny_learner import TinyLearner


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [RANDOM, ENTROPY, K_CENTER], ids=lambda s: s.name)
def test_a_whole_run(tmp_path, strategy):
    run = make_run(tmp_path, strategy=strategy)
    assert run.run().phase == "done"
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert [e["event"] for e in ledger.events] == [
        "started",
        *["queried", "annotated", "trained", "evaluated"] * 3,
        "finished",
    ]
    assert len(ledger.labelled) == len(set(ledger.labelled)) == 7
    assert set(ledger.labelled) <= set(run.pool.split.pool)
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["n_labelled"].tolist() == [3, 5, 7]
    assert table["cost"].tolist() == [180, 300, 420]
    assert {"val/dice", "test/dice", "seconds_train", "seconds_scan"} <= set(table.columns)
    assert table["seconds_train"].gt(0).all()
    assert not [c for c in table.columns if c.startswith("labels/")]  # the annotations are the truth
    assert [p.name for p in sorted(tmp_path.rglob("model.ckpt"))] == ["model.ckpt"]


@pytest.mark.slow
def test_the_query_takes_the_largest_scores_of_the_last_model(tmp_path):
    make_run(tmp_path).run()
    query = Ledger(tmp_path / "ledger.jsonl").find("queried", 1)
    table = pd.read_parquet(tmp_path / "rounds" / "01" / "scores.parquet").set_index("id")
    assert len(table) == query["pool"]
    assert query["ids"] == list(table["score"].nlargest(2).index)
    assert query["scores"] == pytest.approx(list(table["score"].nlargest(2)))
    assert table["pick"].dropna().sort_values().index.tolist() == query["ids"]


@pytest.mark.slow
def test_equal_seeds_share_split_and_initial_set_whatever_the_strategy(tmp_path):
    runs = {}
    for strategy in (RANDOM, ENTROPY):
        for seed in (0, 1):
            folder = tmp_path / f"{strategy.name}{seed}"
            make_run(folder, strategy=strategy, seed=seed, budget=(3, 2, 2)).run()
            runs[strategy.name, seed] = decisions(folder)
    assert runs["random", 0][:5] == runs["entropy", 0][:5]  # up to and with the first evaluation
    assert runs["random", 0][5] != runs["entropy", 0][5]
    assert runs["random", 0][1]["ids"] != runs["random", 1][1]["ids"]


@pytest.mark.slow
def test_the_same_run_twice_decides_alike(tmp_path):
    for name in "ab":
        make_run(tmp_path / name, strategy=K_CENTER).run()
    assert decisions(tmp_path / "a") == decisions(tmp_path / "b")


PHASES = ["cold_start", "annotate", "train", "evaluate", "scan", "select"]


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_before_or_after_any_phase_changes_nothing(tmp_path, phase, when):
    make_run(tmp_path / "whole").run()
    crashing = make_run(tmp_path / "crashed")
    method = getattr(crashing, f"_{phase}")
    round_of_crash = 0 if phase == "cold_start" else 1

    def crash(round_):
        if round_ == round_of_crash and when == "before":
            raise Crash
        result = method(round_)
        if round_ == round_of_crash:
            raise Crash
        return result

    setattr(crashing, f"_{phase}", crash)
    with pytest.raises(Crash):
        crashing.run()
    assert make_run(tmp_path / "crashed").run().phase == "done"
    assert decisions(tmp_path / "crashed") == decisions(tmp_path / "whole")
    whole, crashed = (pd.read_csv(tmp_path / name / "metrics.csv") for name in ("whole", "crashed"))
    same = [c for c in whole.columns if not c.startswith("seconds")]
    pd.testing.assert_frame_equal(whole[same], crashed[same])


@pytest.mark.slow
def test_weights_may_go_on_from_round_to_round(tmp_path, monkeypatch):
    from alseg.loop import models

    loaded = []
    original = models.load_weights
    monkeypatch.setattr(models, "load_weights", lambda m, path: loaded.append(path.parent.name) or original(m, path))
    make_run(tmp_path / "fresh").run()
    assert loaded == []
    make_run(tmp_path / "previous", settings={"weights_from": "previous"}).run()
    assert loaded == ["00", "01"]


@pytest.mark.slow
@pytest.mark.parametrize(("weights_from", "different"), [("fresh", 3), ("same", 1)])
def test_rounds_start_from_weights_drawn_anew_or_from_the_same(tmp_path, weights_from, different):
    first = []

    class Watched(TinyLearner):
        def on_fit_start(self):
            first.append(self.head.weight.detach().clone())

    make_run(tmp_path, make_learner=Watched, settings={"weights_from": weights_from}).run()
    assert len(first) == 3
    assert len({tuple(weight.flatten().tolist()) for weight in first}) == different


@pytest.mark.slow
def test_all_checkpoints_stay_if_asked(tmp_path):
    make_run(tmp_path, settings={"checkpoints": "all"}).run()
    assert len(list(tmp_path.rglob("model.ckpt"))) == 3


class Slow(Oracle):
    """Answers when people have drawn: only ids in ``drawn``."""

    def __init__(self, dataset, drawn, refused=()):
        self.truth, self.drawn, self.refused = Simulated(dataset), drawn, refused

    def annotate(self, ids):
        done = [i for i in ids if i in self.drawn and i not in self.refused]
        answer = self.truth.annotate(done)
        return Annotations(
            answer.ids, answer.targets, answer.cost, "people", tuple(i for i in ids if i in self.refused)
        )


@pytest.mark.slow
def test_an_oracle_may_answer_later(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    drawn: set[str] = set()
    for expected_round in range(3):
        state = make_run(tmp_path, dataset, oracle=Slow(dataset, drawn)).run()
        assert (state.round, state.phase) == (expected_round, "annotate")
        asked = Ledger(tmp_path / "ledger.jsonl").find("queried", expected_round)["ids"]
        drawn |= set(asked[:1])  # one is not enough
        assert make_run(tmp_path, dataset, oracle=Slow(dataset, drawn)).run() == state
        drawn |= set(asked)
    assert make_run(tmp_path, dataset, oracle=Slow(dataset, drawn)).run().phase == "done"
    make_run(tmp_path / "at_once", dataset).run()
    later, at_once = decisions(tmp_path), decisions(tmp_path / "at_once")
    assert [e.get("ids") for e in later] == [e.get("ids") for e in at_once]


@pytest.mark.slow
def test_refused_images_are_not_asked_for_again(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    first = make_run(tmp_path / "first", dataset, budget=(3, 2, 1))
    first.run()
    refused = first.ledger.labelled[:1]
    run = make_run(tmp_path / "second", dataset, oracle=Slow(dataset, set(dataset.ids), refused), budget=(3, 10, 3))
    run.run()
    assert run.ledger.refused == refused
    assert refused[0] not in run.ledger.labelled
    assert [row["n_labelled"] for row in run.ledger.rows()] == [2, 12, 22]


@pytest.mark.slow
def test_a_pool_that_runs_out_through_refusals_ends_the_run(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    plain = make_run(tmp_path / "plain", dataset, budget=(3, 2, 1))
    plain.run()
    refused = [i for i in plain.pool.split.pool if i not in plain.ledger.labelled]
    run = make_run(tmp_path / "run", dataset, oracle=Slow(dataset, set(dataset.ids), refused), budget=(3, 24, 2))
    run.run()
    assert run.ledger.labelled == plain.ledger.labelled  # all that was asked for later was refused
    run = make_run(tmp_path / "short", dataset, oracle=Slow(dataset, set(dataset.ids), refused), budget=(3, 12, 3))
    run.pool.refuse(refused)
    run.run()
    assert next(run.ledger.of("finished"))["reason"] == "the whole pool is labelled or refused"


def test_refusing_all_first_images_is_an_error(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    with pytest.raises(QueryError, match="it refused all 3 first images"):
        make_run(tmp_path, dataset, oracle=Slow(dataset, set(dataset.ids), dataset.ids)).run()


def test_an_oracle_that_answers_something_else_is_caught(tmp_path):
    class Liar(Oracle):
        def annotate(self, ids):
            return Annotations(("image_999",), np.zeros((1, 32, 32), np.uint8), np.ones(1), "liar")

    with pytest.raises(QueryError, match="Liar.*not asked for"):
        make_run(tmp_path, oracle=Liar()).run()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rules", "reason", "rounds"),
    [
        ({"cost": CostReached(300)}, "cost: annotation cost 300 s of 300 s", 2),
        ({"target": TargetReached("val/dice", 0.0)}, "target: val/dice reached", 1),
        ({"plateau": GainBelow("val/dice", 2.0, rounds=1)}, "plateau: val/dice gained less than 2", 2),
        ({"scores": ScoresBelow(1.1)}, "scores: no score of the query reaches 1.1", 1),
        ({"scores": ScoresBelow(0.0)}, "all 3 rounds done", 3),
    ],
)
def test_stopping_rules(tmp_path, rules, reason, rounds):
    run = make_run(tmp_path, stopping=rules)
    assert run.run().phase == "done"
    assert next(run.ledger.of("finished"))["reason"].startswith(reason)
    assert len(run.ledger.rows()) == rounds


def test_the_test_set_stops_nothing():
    with pytest.raises(ValueError, match="^metric=test/dice: it is not on the validation set"):
        TargetReached("test/dice", 0.9)


def test_an_unknown_metric_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no metric 'val/dyce'; there is val/dice"):
        make_run(tmp_path, stopping={"t": TargetReached("val/dyce", 0.9)}).run()


def test_a_rule_on_the_validation_set_without_one_is_found_before_any_training(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    split = split_by_group(dataset, test=0.2, val=0, max_val=0, rng=np.random.default_rng(0))
    pool = PoolDataModule(dataset, split, seed=0, steps=3, batch_size=4, unlabelled_batch_size=4, eval_batch_size=8)
    with pytest.raises(ConfigError, match=r"stopping\.t watches the validation set, and there is none"):
        make_run(tmp_path, dataset, pool=pool, stopping={"t": TargetReached("val/dice", 0.9)})


def test_a_budget_larger_than_the_pool(tmp_path):
    with pytest.raises(ConfigError, match=r"3 initial \+ 2 x 20 queried images are 43, and the pool has 28"):
        make_run(tmp_path, budget=(3, 20, 3))


def test_all_labels_at_once(tmp_path):
    run = make_run(tmp_path, budget=(None, 1, 1))
    run.run()
    assert set(run.ledger.find("queried", 0)["ids"]) == set(run.pool.split.pool)


@pytest.mark.parametrize("budget", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_an_empty_budget(tmp_path, budget):
    with pytest.raises(ConfigError, match="at least 1"):
        make_run(tmp_path, budget=budget)


def test_a_strategy_that_needs_more_members_than_the_learner_has(tmp_path):
    class Disagreement(Entropy):
        min_members = 2

    with pytest.raises(ConfigError, match="Disagreement compares 2 or more members, and TinyLearner predicts with 1"):
        make_run(tmp_path, strategy=Strategy("d", Top(), Disagreement()))
    assert not tmp_path.joinpath("ledger.jsonl").exists()


def test_a_cold_start_that_needs_a_model(tmp_path):
    with pytest.raises(ConfigError, match="cold_start=entropy: it needs a trained model"):
        make_run(tmp_path, cold_start=ENTROPY)


def test_a_selector_that_ranks_needs_scores():
    with pytest.raises(ValueError, match="^acquisition=null: the selector Top ranks scores"):
        Strategy("x", Top())


def test_a_diverged_training_fails_and_loses_nothing(tmp_path):
    def diverging(spec, steps):
        learner = TinyLearner(spec, steps)
        learner.lr = 1e30
        return learner

    with pytest.raises(QueryError, match=r"round 0: the training loss is (nan|inf)"):
        make_run(tmp_path, make_learner=diverging).run()
    assert [e["event"] for e in decisions(tmp_path)] == ["started", "queried", "annotated"]


class Recording(Tracker):
    def __init__(self):
        self.rounds, self.queries = [], []

    def log_round(self, row):
        self.rounds.append(row["n_labelled"])

    def log_query(self, query):
        self.queries.append(query)


@pytest.mark.slow
def test_the_tracker_is_told_of_rounds_and_queries(tmp_path):
    tracker = Recording()
    run = make_run(tmp_path, tracker=tracker)
    run.run()
    assert tracker.rounds == [3, 5, 7]
    assert [(q.round, q.strategy, len(q.ids)) for q in tracker.queries] == [
        (0, "random", 3),
        (1, "entropy", 2),
        (2, "entropy", 2),
    ]
    query = tracker.queries[1]
    row = run.pool.row(query.ids[0])
    assert np.array_equal(query.images[0], run.pool.dataset.images[row])
    assert query.groups[0] == run.pool.dataset.groups[row]
    assert query.scores is not None


@pytest.mark.slow
def test_the_ledger_is_plain_json_lines(tmp_path):
    make_run(tmp_path).run()
    for line in (tmp_path / "ledger.jsonl").read_text().splitlines():
        assert {"event", "round", "time"} <= set(json.loads(line))
