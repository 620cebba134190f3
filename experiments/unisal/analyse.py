"""The tables of README.md, which `alseg reproduce unisal` makes.

Everything is paired on the seed and compared by the area under the curve over the budgets (AUBC): every strategy against
random, UniSAL against the classifier with the same strategy, after as many steps and after about as much time, and UniSAL
against UniSAL without one of its parts. All p-values of a metric are corrected together (Holm).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from alseg.report.statistics.levels import labels_needed
from experiments import figures, tables

CONDITION = ["data", "labels", "learner", "strategy"]
METRICS = ("test/accuracy", "test/f1")
PLAIN, WHOLE = "classifier_dropout", "unisal"
STEPS = 80
"""Of a training in the sweep; a run with others says so."""
LONGER = f"{PLAIN}, 240 steps"
"""Trained about as long as UniSAL, whose step takes three times as long."""
SETTINGS = {"contrastive": ", no contrastive loss", "mutual": ", no mutual teaching"}
"""Setting of the learner to what a run is called in which it is 0."""
PARTS = ("dus", "kmeans")
"""Strategies that are dus_cs without one of its parts."""
LEVELS = (0.95, 0.99)


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run."""
    learner = config["learner"]
    without = "".join(name for key, name in SETTINGS.items() if learner.get(key) == 0)
    queried, steps = config["budget"]["initial"] is not None, config["trainer"]["steps"]
    longer = f", {steps} steps" if queried and steps != STEPS else ""
    return {
        "data": config["data"]["name"],
        "labels": "queried" if queried else "all",
        "learner": learner["name"] + without + longer,
        "strategy": config["strategy"]["name"],
    }


def pairs(rows: pd.DataFrame, metric: str) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every comparison: how it is described, ours by seed, the control by seed."""
    of = tables.areas(rows[rows["labels"] == "queried"], ["data", "learner", "strategy"], metric)
    for (data, learner, strategy), found in of.items():
        if learner == LONGER:
            continue
        controls = []
        if strategy in PARTS or learner not in (PLAIN, WHOLE):
            controls.append(("part", WHOLE, "dus_cs"))
        elif strategy != "random":
            controls.append(("query", learner, "random"))
        if learner == WHOLE and strategy not in PARTS:
            controls += [("learner", PLAIN, strategy), ("time", LONGER, strategy)]
        for question, *against in controls:
            control = of.get((data, *against))
            if control is not None:
                described = {"question": question, "data": data, "learner": learner, "strategy": strategy}
                yield described | {"against": ", ".join(against)}, found, control


def means(rows: pd.DataFrame, data: str, metric: str) -> pd.DataFrame:
    """Mean and interval over seeds, a column per number of queried labels."""
    some = rows[(rows["data"] == data) & (rows["labels"] == "queried")]
    return tables.per_budget(some, ["learner", "strategy"], metric)


def bounds(rows: pd.DataFrame) -> pd.DataFrame:
    """What is reached with all labels: mean and interval over seeds."""
    some = rows[rows["labels"] == "all"]
    shown = [some.groupby(["data", "learner"])[metric].apply(tables.shown).rename(metric) for metric in METRICS]
    return pd.concat(shown, axis=1).reset_index()


def compared(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """All comparisons of a metric."""
    found = tables.comparisons(pairs(rows, metric), f"AUBC of {metric}")
    return found.sort_values(["question", "data", "learner"], kind="stable", ascending=[False, False, True])


def needed(rows: pd.DataFrame, metric: str = "test/accuracy") -> pd.DataFrame:
    """With how many labels the mean curve of each strategy reaches a share of what its learner reaches with all."""
    full = rows[rows["labels"] == "all"].groupby(["data", "learner"])[[metric, "n_labelled"]].mean().T.to_dict("list")
    queried = rows[(rows["labels"] == "queried") & ~rows["strategy"].isin(PARTS)]
    lines = []
    for (data, learner, strategy), some in queried.groupby(["data", "learner", "strategy"]):
        if (data, learner) in full:
            bound, pool = full[data, learner]
            curve = {int(str(n)): float(mean) for n, mean in some.groupby("n_labelled")[metric].mean().items()}
            line = {"data": data, "learner": learner, "strategy": strategy, "all labels": f"{bound:.3f}"}
            for level in LEVELS:
                n = labels_needed(curve, level * bound)
                few = f"{math.ceil(n)} ({n / pool:.1%})" if math.isfinite(n) else f"more than {max(curve)}"
                line[f"labels for {level:.0%}"] = few
            lines.append(line)
    return pd.DataFrame(lines)


def histology(rows: pd.DataFrame) -> Figure:
    """Test accuracy on histology, mean and 95% t-interval over the seeds."""
    shown = rows["learner"].isin([PLAIN, WHOLE]) & ~rows["strategy"].isin(PARTS)
    some = rows[shown & (rows["data"] == "histology") & (rows["labels"] == "queried")]
    return figures.curves(some, "learner", ["strategy"], "test/accuracy", "test accuracy")


ours = tables.nothing_measured
TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "accuracy_histology": partial(means, data="histology", metric="test/accuracy"),
    "f1_histology": partial(means, data="histology", metric="test/f1"),
    "accuracy_breast": partial(means, data="breast_ultrasound", metric="test/accuracy"),
    "f1_breast": partial(means, data="breast_ultrasound", metric="test/f1"),
    "all_labels": bounds,
    "needed": needed,
    "compared_accuracy": partial(compared, metric="test/accuracy"),
    "compared_f1": partial(compared, metric="test/f1"),
}
FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {"histology": histology}
