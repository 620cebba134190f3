"""The tables and figure of README.md, which `alseg reproduce spread` makes.

Every comparison is of the two cold starts of a data set, with the same weights and number of labels, paired on the seed. Means are
compared by a paired t-test, spreads by Brown and Forsythe's test; Holm over the registered ones of each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from experiments import figures, tables
from experiments.coldstart import analyse as coldstart
from experiments.lane import analyse as lane

CONDITION = ["data", "weights", "method"]
REGISTERED = 12
"""Comparisons of means, and as many of spreads: three data sets, two kinds of weights, two numbers of labels."""


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run."""
    return {name: value for name, value in coldstart.describe(config).items() if name in CONDITION}


def settings(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as `experiments.lane.analyse` takes them: data and weights are one setting, the cold start a strategy."""
    return rows.assign(data=rows["data"] + ", " + rows["weights"], strategy=rows["method"])


def means(rows: pd.DataFrame) -> pd.DataFrame:
    """Paired differences in mean Dice; what was not run counts as p = 1 in the correction."""
    return lane.compared([*lane.start_family(settings(rows))], "Dice", REGISTERED)


def spreads(rows: pd.DataFrame) -> pd.DataFrame:
    """SD over seeds of both, Brown and Forsythe's test, and the worst decile."""
    return lane.spreads(settings(rows), REGISTERED)


def every_start(rows: pd.DataFrame, metric: str, digits: int) -> pd.DataFrame:
    """Mean with interval, SD and worst decile of each cold start."""
    return lane.every_start(settings(rows), metric, digits)


def dice(rows: pd.DataFrame) -> Figure:
    """Test Dice over the number of labelled images, mean and 95% t-interval over seeds."""
    return figures.curves(rows, "data", ["weights", "method"], "test/dice", "test Dice")


ours = tables.nothing_measured
TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "means": means,
    "spreads": spreads,
    "dice_table": partial(every_start, metric="test/dice", digits=3),
    "hd": partial(every_start, metric="test/hd_px", digits=1),
}
FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {"dice": dice}
