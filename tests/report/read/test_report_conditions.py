from __future__ import annotations

import pytest

from alseg.report.read.conditions import Condition, data_labels, labels, natural, seeds_of_the_run
from alseg.report.read.read_runs import read_runs
from alseg.report.statistics.panels import build


def config(strategy="random", **more):
    base = {
        "name": "x",
        "seed": 0,
        "run_dir": "/a",
        "data": {"name": "phantoms", "size": 64, "cache_dir": "/c"},
        "learner": {"name": "plain", "network": {"name": "unet"}},
        "strategy": {"name": strategy} if isinstance(strategy, str) else strategy,
        "cold_start": {"name": "random"},
        "budget": {"initial": 10, "query": 10},
        "trainer": {"steps": 200, "accelerator": "cpu", "devices": 1, "progress": True},
        "logger": {"name": "csv"},
    }
    return Condition.of({**base, **more})


def texts(*conditions):
    found = labels(conditions)
    return [found[c] for c in conditions]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 7},
        {"run_dir": "/b"},
        {"name": "y"},
        {"logger": {"name": "wandb", "project": "p"}},
        {"worst": 0},
        {"trainer": {"steps": 200, "accelerator": "gpu", "devices": 2, "progress": False}},
        {"data": {"name": "phantoms", "size": 64, "cache_dir": "/elsewhere"}},
    ],
)
def test_what_never_counts(change):
    assert config() == config(**change)


def test_a_seed_inside_the_config_that_is_the_runs_own():
    """An oracle's noise follows the seed of the run; the phantom's seed does not, though it equals one of them."""
    noisy = [{"seed": s, "oracle": {"seed": s, "of": {"seed": s}}, "data": {"seed": 0}} for s in (0, 1)]
    clean = {"seed": 1, "oracle": {"name": "simulated"}, "data": {"seed": 0}}
    assert seeds_of_the_run([*noisy, clean]) == {"oracle.seed", "oracle.of.seed"}
    fixed = [{"seed": s, "oracle": {"seed": 1}} for s in (0, 1)]
    assert seeds_of_the_run(fixed) == frozenset()
    without = {"oracle.seed", "oracle.of.seed"}
    assert Condition.of(noisy[0], without) == Condition.of(noisy[1], without)


def test_only_what_differs_is_shown():
    assert texts(config("entropy")) == ["entropy"]
    assert texts(config("entropy"), config("random")) == ["entropy", "random"]
    assert texts(config(budget={"initial": 10, "query": 5}), config()) == ["budget.query=5", "budget.query=10"]
    assert texts(config(), config("bald", trainer={"steps": 50})) == [
        "random · trainer.steps=200",
        "bald · trainer.steps=50",
    ]


def test_keys_show_only_among_those_that_share_the_name_of_the_group():
    a = config(strategy={"name": "entropy", "selector": {"name": "top", "q": 0.1}})
    b = config(strategy={"name": "entropy", "selector": {"name": "top", "q": 0.2}})
    c = config(strategy={"name": "cluster", "selector": {"name": "cluster", "q": 9}})
    assert texts(a, b, c) == ["entropy · strategy.selector.q=0.1", "entropy · strategy.selector.q=0.2", "cluster"]


def test_names_that_would_be_ambiguous_say_their_group():
    dual = {"name": "unisal", "network": {"name": "unet"}}
    assert texts(config("unisal", learner=dual), config("random")) == [
        "unisal · learner=unisal",
        "random · learner=plain",
    ]
    assert texts(config("unisal", learner=dual), config("unisal")) == ["unisal", "plain"]
    typical = {"name": "typicality"}
    assert texts(config(cold_start=typical), config()) == ["cold_start=typicality", "cold_start=random"]


def test_groups_without_a_name_key():
    assert texts(config(reduction="mean"), config(reduction="top_q")) == ["reduction=mean", "reduction=top_q"]
    assert config(strategy={"_target_": "a.b.Entropy"}).name("strategy") == "Entropy"


def test_parts_are_addressable():
    a, b = config("entropy"), config("random")
    assert a.part("strategy") != b.part("strategy")
    assert a.part("data") == b.part("data")
    assert a.without("strategy") == b.without("strategy")


def test_data_labels():
    def data(**kwargs):
        return config(data={"name": "manifest", **kwargs})

    one = data_labels([config(), config("entropy")])
    assert list(one.values()) == ["phantoms"]
    sizes = data_labels([data(size=64), data(size=128)])
    assert sorted(sizes.values()) == ["manifest · size=128", "manifest · size=64"]
    roots = data_labels([data(root="/home/me/busi"), data(root="/home/me/acdc"), config()])
    assert sorted(roots.values()) == ["manifest · root=acdc", "manifest · root=busi", "phantoms"]
    same_tail = data_labels([data(root="/one/busi"), data(root="/two/busi")])
    assert sorted(same_tail.values()) == ["manifest · root=/one/busi", "manifest · root=/two/busi"]


def test_natural_order():
    assert sorted(["q=10", "q=5", "a"], key=natural) == ["a", "q=5", "q=10"]


def test_a_setting_whose_name_has_a_dot(make_run, tmp_path):
    """Rows of a manifest may be chosen by a column that is called so."""
    for seed, where in ((0, {"size.mm": "3"}), (1, {"size.mm": "3", "2.5": None})):
        make_run("random", seed, data={"name": "ds", "where": where})
    (row,) = build(read_runs([tmp_path / "runs"])).panels[0].rows
    assert list(row.runs) == [0, 1]


def test_a_ceiling_that_sees_the_labels_is_marked():
    assert texts(config("oracle_greedy"), config("entropy")) == ["oracle_greedy (sees the labels)", "entropy"]
    assert texts(config("oracle_greedy")) == ["oracle_greedy (sees the labels)"]
