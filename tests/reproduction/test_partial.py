"""The verdict of experiments/partial, on numbers made up for it."""

import numpy as np
import pandas as pd
import pytest

from alseg.reproduction.experiment import find
from alseg.reproduction.runs import save
from experiments.partial import analyse
from experiments.partial.labels import shares


def rows(gain, clean, data="a", seeds=(0, 1), budgets=(20, 40, 80), metric="test/dice"):
    """Unrepaired Dice of 0.6 at 20 labels, 0.7 at 40 and 0.8 at 80, and a seed apart by 0.01."""
    lines = []
    for seed in seeds:
        for n in budgets:
            base = 0.6 + 0.1 * budgets.index(n) + 0.01 * seed
            for (labels, learner), plus in {
                analyse.UNREPAIRED: 0.0,
                analyse.REPAIRED: gain,
                analyse.CLEAN: clean,
            }.items():
                lines.append(
                    {
                        "data": data,
                        "labels": labels,
                        "learner": learner,
                        "seed": seed,
                        "n_labelled": n,
                        metric: base + plus,
                    }
                )
    return pd.DataFrame(lines)


def test_the_mean_over_budgets_decides():
    (line,) = analyse.verdict(rows(0.06, 0.08)).to_dict("records")
    assert (line["partial"], line["partial, repaired"], line["whole tracings"]) == ("0.705", "0.765", "0.785")
    assert (line["gain"], line["gain of 0.05"]) == ("+0.060", "yes")
    assert line["share of whole"] == f"{0.765 / 0.785:.1%}"
    assert line["share of 95%"] == "yes"
    (line,) = analyse.verdict(rows(0.04, 0.2)).to_dict("records")
    assert (line["gain of 0.05"], line["share of 95%"]) == ("no", "no")


def test_the_heart_is_judged_by_its_left_ventricle():
    found = pd.concat([rows(0.1, 0.1), rows(0.2, 0.2, data="cardiac", metric="test/dice_class_3")])
    found.loc[found["data"] == "cardiac", "test/dice"] = 0.0
    assert analyse.verdict(found)["gain"].tolist() == ["+0.100", "+0.200"]
    compared = analyse.compared(pd.concat([found, rows(0.1, 0.1, seeds=(2, 3, 4))]))
    assert compared["data"].tolist() == ["a", "cardiac"]


def test_a_seed_that_lacks_a_budget_is_left_out():
    found = rows(0.1, 0.1)
    found = found[~((found["seed"] == 1) & (found["n_labelled"] == 80) & (found["learner"] == "sequal"))]
    (line,) = analyse.verdict(found).to_dict("records")
    assert line["seeds"] == 1
    assert analyse.over_budgets(found)["a"][analyse.REPAIRED] == {0: pytest.approx(0.8)}


def test_the_condition_of_a_run():
    config = {"data": {"name": "chest_xray", "where": {"site": "montgomery"}}, "oracle": {"name": "partial"}}
    described = analyse.describe({**config, "learner": {"name": "sequal"}})
    assert described == {"data": "montgomery", "labels": "partial", "learner": "sequal"}


def test_what_a_repair_restored_destroyed_and_invented():
    truth = np.array([[[1, 1, 1, 1], [0, 0, 0, 2]]], dtype=np.uint8)
    traced = np.array([[[1, 1, 0, 0], [0, 0, 0, 2]]], dtype=np.uint8)
    repaired = np.array([[[1, 0, 1, 0], [0, 0, 1, 1]]], dtype=np.uint8)
    assert shares(truth, traced, repaired) == {
        "restored": 1 / 2,  # of the two that were not traced
        "destroyed": 2 / 3,  # one is background now, one of another class
        "invented": 1 / 3,
        "taken": 4 / 8,
    }


def test_the_results_keep_the_class_that_counts(tmp_path):
    """They go without the other classes; the tables are made of them."""
    classes = {"test/dice_class_1": 0.1, "test/dice_class_3": 0.3, "seconds_train": 5.0}
    found = rows(0.1, 0.1).assign(round=0, **classes)
    experiment = find("partial")
    save(found, tmp_path / "results.csv", [*experiment.condition, "seed"], experiment.classes)
    columns = set(pd.read_csv(tmp_path / "results.csv"))
    assert {"test/dice", "test/dice_class_3"} <= columns
    assert not {"test/dice_class_1", "seconds_train"} & columns
    assert find("pld").classes == ["test/dice_class_3"]
