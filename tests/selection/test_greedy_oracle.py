"""The ceiling that sees the labels: greedy by brute force, and unmistakable."""

import logging

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from alseg.composition.instantiate import instantiate
from alseg.errors import ConfigError, QueryError
from alseg.selection import worth
from alseg.selection.candidates import Candidates
from alseg.selection.greedy_oracle import GreedyOracle
from alseg.selection.random import Random
from alseg.selection.worth import RidgeWorth
from alseg.strategy import Strategy
from tests.helpers.composed import composed
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import make_run
from tests.helpers.two_heads import classification_run, tiles


def pool(n=40, labelled=4, seed=0):
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, n + labelled)
    features = (np.eye(3, 5)[classes] + 0.6 * rng.normal(size=(n + labelled, 5))).astype(np.float32)
    ids = [f"{i:02d}" for i in range(n + labelled)]
    candidates = Candidates(
        tuple(ids[:n]),
        features=features[:n],
        labelled_ids=tuple(ids[n:]),
        labelled_features=features[n:],
        truth=dict(zip(ids, classes.tolist())),
    )
    return candidates, features, classes


class Logistic:
    """Fits a logistic regression for every tried row."""

    def __call__(self, features, classes, known, tried):
        return np.array([self.of(features, classes, [*known, row]) for row in tried])

    def of(self, features, classes, rows):
        """The mean log-probability of the truth over the pool, with add-one odds for classes that are not known yet."""
        p = np.full((len(features), 3), 1e-3)
        if len(set(classes[rows])) > 1:
            model = LogisticRegression(C=1.0).fit(features[rows], classes[rows])
            p[:, model.classes_] += model.predict_proba(features)
        else:
            p[:, classes[rows][0]] += 1
        return float(np.log((p / p.sum(axis=1, keepdims=True))[np.arange(len(features)), classes]).mean())


@pytest.mark.slow
def test_greedy_equals_brute_force_on_a_logistic_regression():
    candidates, features, classes = pool(n=25)
    picked = GreedyOracle(Logistic(), tries=None).select(candidates, 4, np.random.default_rng(0))
    rows = list(range(25, 29))
    for pick in picked:
        values = {i: Logistic().of(features, classes, [*rows, i]) for i in range(25) if i not in rows}
        assert values[int(pick)] == max(values.values())
        rows.append(int(pick))


def ridge_by_refit(features, classes, rows, ridge):
    """Least squares solved anew for these rows."""
    z = np.c_[features / np.linalg.norm(features, axis=1, keepdims=True), np.ones(len(features))].astype(float)
    truth = np.eye(classes.max() + 1)[classes]
    weights = np.linalg.solve(z[rows].T @ z[rows] + ridge * np.eye(z.shape[1]), z[rows].T @ truth[rows])
    return -((z @ weights - truth) ** 2).sum() / len(z)


@pytest.mark.parametrize("block", [1, 100, 2**22])
@pytest.mark.parametrize("labelled", [0, 1, 4])
def test_the_worth_of_one_label_more_equals_a_refit(monkeypatch, labelled, block):
    monkeypatch.setattr(worth, "BLOCK", block)
    _, features, classes = pool(labelled=labelled)
    known, tried = np.arange(40, 40 + labelled), np.arange(0, 40, 3)
    found = RidgeWorth(0.3)(features, classes, known, tried)
    expected = [ridge_by_refit(features, classes, [*known, row], 0.3) for row in tried]
    assert found == pytest.approx(expected, rel=1e-4)


def test_it_gains_more_than_random_picks():
    candidates, features, classes = pool(n=120, seed=3)

    def worth_of(selector, seed):
        picked = selector.select(candidates, 8, np.random.default_rng(seed))
        return ridge_by_refit(features, classes, [*range(120, 124), *map(int, picked)], 0.1)

    assert worth_of(GreedyOracle(), 0) > max(worth_of(Random(), seed) for seed in range(30))


def test_fewer_tries_judge_a_random_part():
    candidates, *_ = pool()
    assert len({tuple(GreedyOracle(tries=3).select(candidates, 3, np.random.default_rng(s))) for s in range(5)}) > 1
    assert len({tuple(GreedyOracle(tries=None).select(candidates, 3, np.random.default_rng(s))) for s in range(5)}) == 1


# It cannot be mistaken for a strategy.


@pytest.mark.slow
def test_its_name_says_what_it_is_and_nothing_else_is_named_so():
    assert instantiate(composed("strategy=oracle_greedy").strategy).needs_truth
    with pytest.raises(ValueError, match=r"^name=best: what sees the hidden labels is called oracle_"):
        Strategy("best", GreedyOracle())
    with pytest.raises(ValueError, match=r"^name=oracle_of_delphi: "):
        Strategy("oracle_of_delphi", Random())
    with pytest.raises(ConfigError, match=r"^strategy\.name=entropy: "):
        instantiate(composed("strategy=oracle_greedy", "strategy.name=entropy").strategy)


@pytest.mark.slow
def test_a_run_warns_notes_it_and_hands_the_labels_to_nobody_else(tmp_path, caplog):
    seen = []

    class Watching(Random):
        def pick(self, candidates, n, rng):
            seen.append(candidates.truth)
            return super().pick(candidates, n, rng)

    run = classification_run(tmp_path / "a", Strategy("oracle_greedy", GreedyOracle()), budget=(6, 5, 3))
    assert run.run().phase == "done"
    said = [
        r.getMessage() for r in caplog.records if r.levelno == logging.WARNING and "hidden labels" in r.getMessage()
    ]
    assert said == [f"round {i}: this query sees the hidden labels; it is a ceiling, and no strategy" for i in (1, 2)]
    queries = [e for e in run.ledger.of("queried") if e["round"] > 0]
    assert [q["notes"]["sees_hidden_labels"] for q in queries] == [True, True]
    assert {q["strategy"] for q in queries} == {"oracle_greedy"}
    classification_run(tmp_path / "b", Strategy("random", Watching()), budget=(6, 5, 2)).run()
    assert seen == [None]


def test_the_labels_that_it_sees_are_the_true_ones(tmp_path):
    seen = []

    class Watching(GreedyOracle):
        def pick(self, candidates, n, rng):
            seen.append(candidates)
            return super().pick(candidates, n, rng)

    data = tiles()
    classification_run(tmp_path, Strategy("oracle_greedy", Watching()), dataset=data, budget=(6, 5, 2)).run()
    (candidates,) = seen
    assert set(candidates.truth) == {*candidates.ids, *candidates.labelled_ids}
    assert all(value == data.targets[data.ids.index(id_)] for id_, value in candidates.truth.items())


def test_without_labels_it_does_not_work(tmp_path):
    bare = Candidates(tuple("abc"), features=np.eye(3, dtype=np.float32))
    with pytest.raises(QueryError, match="GreedyOracle needs truth"):
        GreedyOracle().select(bare, 2, np.random.default_rng(0))
    with pytest.raises(ConfigError, match="strategy=oracle_greedy: it goes by the class of a whole image"):
        make_run(tmp_path, make_dataset(n=40, groups=20), strategy=Strategy("oracle_greedy", GreedyOracle()))


@pytest.mark.parametrize(("make", "bad"), [(GreedyOracle, {"tries": 0}), (RidgeWorth, {"ridge": 0})])
def test_impossible_arguments(make, bad):
    with pytest.raises(ValueError, match=f"^{next(iter(bad))}="):
        make(**bad)
