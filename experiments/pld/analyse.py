"""The tables and figure of README.md, which `alseg reproduce pld` makes.

Everything is paired on the seed. The primary number of a run is its test Dice, as experiments/partial has it, mean over the two
trainings after the first, which all strategies share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import pandas as pd
from matplotlib.figure import Figure

from experiments import figures, tables
from experiments.partial.analyse import CLASSES, primary

CONDITION = ["data", "strategy"]
BUDGETS = (30, 40)
COUNTED = (("pld", "random"), ("pld_per_group", "stratified_random"))
"""The registered comparisons: each query with what picks as many patients as it does, and does not look at the model."""
EXPLORED = (
    ("pld", "stratified_random"),
    ("pld", "entropy"),
    ("pld_per_group", "random"),
    ("pld_per_group", "entropy"),
    ("pld_per_group", "pld"),
)
SIGNALS = {
    "signal/pld_error": "PLD and error",
    "signal/entropy_error": "entropy and error",
    "signal/pld_gain": "PLD and gain",
    "signal/entropy_gain": "entropy and gain",
}


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run."""
    return {"data": config["data"]["name"], "strategy": config["strategy"]["name"]}


def over_budgets(rows: pd.DataFrame) -> dict[str, dict[str, dict[int, float]]]:
    """By data set, strategy and seed, the mean of the primary Dice over the budgets; a seed that lacks one is not there."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for (data, strategy), by_seed in tables.means_over(primary(rows), CONDITION, "dice", BUDGETS).items():
        found.setdefault(data, {})[strategy] = by_seed
    return found


def pairs(rows: pd.DataFrame, of_whom: Sequence[tuple[str, str]]) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Pairs of strategies on each data set."""
    for data, of in over_budgets(rows).items():
        for ours_, control in of_whom:
            if ours_ in of and control in of:
                yield {"data": data, "ours": ours_, "control": control}, of[ours_], of[control]


def compared(rows: pd.DataFrame, of_whom: Sequence[tuple[str, str]] = COUNTED) -> pd.DataFrame:
    """Comparisons of pairs on all data sets, corrected together (Holm)."""
    return tables.comparisons(pairs(rows, of_whom), "Dice, mean over 30 and 40 labels")


def dice_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean and interval of the primary Dice over seeds, by number of labels."""
    return tables.per_budget(primary(rows), CONDITION, "dice")


def signal(rows: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations over the candidates of a query: mean over the queries of a run, then mean and interval over runs."""
    lines = []
    for key, part in rows.groupby(CONDITION, sort=True):
        data, strategy = cast(tuple[Any, ...], key)
        by_seed = part.groupby("seed")[list(SIGNALS)].mean().dropna(how="all")
        if len(by_seed):
            cells = {title: tables.shown(by_seed[name].dropna(), 2) for name, title in SIGNALS.items()}
            lines.append({"data": data, "picked by": strategy, "seeds": len(by_seed), **cells})
    return pd.DataFrame(lines)


def dice(rows: pd.DataFrame) -> Figure:
    """Test Dice over the number of labelled images, mean and 95% t-interval over seeds."""
    return figures.curves(primary(rows), "data", ["strategy"], "dice", "test Dice")


ours = tables.nothing_measured
TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "compared": compared,
    "explored": partial(compared, of_whom=EXPLORED),
    "dice_table": dice_table,
    "signal": signal,
}
__all__ = ["CLASSES", "CONDITION", "FIGURES", "TABLES", "describe", "ours"]

FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {"dice": dice}
