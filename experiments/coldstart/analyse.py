"""The tables and figures of README.md, which `alseg reproduce coldstart` makes.

Everything is paired on the seed. First images: every cold start against random, at each budget. Next images: every
strategy against random, by the area under the curve over the budgets (AUBC). All p-values of a metric, those of both
questions, are corrected together (Holm). What the paper reports stands in paper.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from experiments import figures, tables

CONDITION = ["question", "data", "weights", "method"]
METRICS = {"test/dice": 3, "test/hd_px": 1}
"""Metric to the digits of its means."""
COLUMNS = {"Dice": "test/dice", "HD": "test/hd_px"}
"""What paper.yaml calls a metric to what metrics.csv does."""
COLD_STARTS = ("random", "kmeans", "typiclust", "probcover", "fps", "cluster_fps")
GROUPS = Path(__file__).parent / "groups.csv"
"""How many groups the first images come from, as groups.py counted them."""
MONTGOMERY, CAROTID = "chest_xray, montgomery", "carotid_lumen"


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run."""
    first = config["budget"]["rounds"] == 1
    method = config["cold_start" if first else "strategy"]["name"]
    if method == "entropy_diversity":
        method += f", alpha {config['strategy']['selector']['alpha']:g}"
    where = config["data"].get("where") or {}
    data = ", ".join([config["data"]["name"], *map(str, where.values())])
    weights = {"packaged": "ImageNet", "none": "from scratch"}[config["learner"]["weights"]]
    return {"question": "first" if first else "next", "data": data, "weights": weights, "method": method}


def ours(rows: pd.DataFrame, entry: Mapping[str, Any], which: str) -> dict[str, dict[int, float]]:
    """What stands for the paper's baseline or proposal: by weights and seed, the mean over all budgets."""
    method = entry["methods"][("baseline", "proposed").index(which)]
    same = rows[(rows["question"] == entry["question"]) & (rows["data"] == entry["ours"]) & (rows["method"] == method)]
    means = same.groupby(["weights", "seed"])[COLUMNS[entry["metric"]]].mean()
    return {
        str(weights): means[weights].to_dict() for weights in dict.fromkeys(means.index.get_level_values("weights"))
    }


def pairs(rows: pd.DataFrame, metric: str) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every cold start against random at every budget, then every strategy against random by its AUBC."""
    first = rows[rows["question"] == "first"]
    for (data, weights, n), some in first.groupby(["data", "weights", "n_labelled"]):
        of = {method: dict(zip(runs["seed"], runs[metric])) for method, runs in some.groupby("method")}
        for method in of:
            if method != "random" and "random" in of:
                what = {"question": "first", "data": data, "weights": weights, "labels": n, "method": method}
                yield what, of[method], of["random"]
    areas = tables.areas(rows[rows["question"] == "next"], CONDITION, metric)
    for (question, data, weights, method), found in areas.items():
        control = areas.get((question, data, weights, "random"))
        if method != "random" and control is not None:
            what = {"question": question, "data": data, "weights": weights, "labels": "AUBC", "method": method}
            yield what, found, control


def means(rows: pd.DataFrame, question: str, data: str, metric: str) -> pd.DataFrame:
    """Mean and interval over seeds of one question on one data set."""
    some = rows[(rows["question"] == question) & (rows["data"] == data)]
    return tables.per_budget(some, ["weights", "method"], metric, METRICS[metric])


def compared(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """All comparisons of a metric."""
    return tables.comparisons(pairs(rows, metric), metric, METRICS[metric] + 1)


def reached(_: pd.DataFrame, data: str) -> pd.DataFrame:
    """How many groups the first images come from: mean and interval over seeds, a column per number of images."""
    counted = pd.read_csv(GROUPS)
    made = tables.per_budget(counted[counted["data"] == data], ["method"], "reached", 1)
    return made.set_index("method").loc[list(COLD_STARTS)].reset_index()


def first(rows: pd.DataFrame) -> Figure:
    """First images of Montgomery: test Dice, mean and 95% t-interval over ten seeds."""
    return _curves(rows, "first")


def following(rows: pd.DataFrame) -> Figure:
    """Next images of Montgomery: test Dice, mean and 95% t-interval over ten seeds."""
    return _curves(rows, "next")


def _curves(rows: pd.DataFrame, question: str) -> Figure:
    some = rows[(rows["question"] == question) & (rows["data"] == MONTGOMERY)]
    return figures.curves(some, "weights", ["method"], "test/dice", "test Dice")


TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "first_dice": partial(means, question="first", data=MONTGOMERY, metric="test/dice"),
    "first_hd": partial(means, question="first", data=MONTGOMERY, metric="test/hd_px"),
    "first_dice_carotid": partial(means, question="first", data=CAROTID, metric="test/dice"),
    "first_hd_carotid": partial(means, question="first", data=CAROTID, metric="test/hd_px"),
    "next_dice": partial(means, question="next", data=MONTGOMERY, metric="test/dice"),
    "next_hd": partial(means, question="next", data=MONTGOMERY, metric="test/hd_px"),
    "compared_dice": partial(compared, metric="test/dice"),
    "compared_hd": partial(compared, metric="test/hd_px"),
    "groups_carotid_lumen": partial(reached, data="carotid_lumen"),
    "groups_hippocampus": partial(reached, data="hippocampus"),
}
FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {"first": first, "next": following}
