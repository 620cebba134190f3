"""The tables and figures of README.md, which `alseg reproduce sequal` makes.

Everything is paired on the seed. The comparisons: repair against none with every strategy, and every strategy against
random with and without repair, under each oracle; one number per run, the area under the curve of a metric over the
budgets (AUBC). All p-values of a metric are corrected together (Holm).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from experiments import figures, tables

CONDITION = ["oracle", "strategy", "learner"]
ELSEWHERE = Path(__file__).parent / "elsewhere.csv"
"""Single runs on other data, as they were read off: the runs themselves were not kept."""


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run; its repair, once and late, was called sequal when it was run, and is sequal_once now."""
    return {group: config[group]["name"].removesuffix("_once") for group in CONDITION}


def means(rows: pd.DataFrame, metric: str, digits: int = 3) -> pd.DataFrame:
    """Mean and interval over seeds, where there is something to measure."""
    return tables.per_budget(rows[rows[metric].notna()], CONDITION, metric, digits)


def pairs(rows: pd.DataFrame, metric: str) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every comparison: how it is described, ours by seed, the control by seed."""
    of = tables.areas(rows, CONDITION, metric)
    oracles, strategies, learners = ([*dict.fromkeys(key[i] for key in of)] for i in range(3))
    found = [((o, s, "sequal"), (o, s, "sequal_unrefined")) for o, s in product(oracles, strategies)]
    found += [((o, s, r), (o, "random", r)) for o, r, s in product(oracles, learners, strategies) if s != "random"]
    for ours_, control in found:
        if ours_ in of and control in of:
            question = "repair" if ours_[2] != control[2] else "query"
            against = f"{control[1]}, {control[2]}"
            yield {"question": question, **dict(zip(CONDITION, ours_)), "against": against}, of[ours_], of[control]


def compared(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """All comparisons of a metric."""
    return tables.comparisons(pairs(rows, metric), f"AUBC of {metric}")


def working_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Dice of what is trained with against the hidden truth, after the repair."""
    return means(rows[rows["learner"] == "sequal"], "labels/working_dice")


def elsewhere(_: pd.DataFrame, name: str, lines: list[str], columns: list[str]) -> pd.DataFrame:
    """A table of single runs: a cell has the values of all seeds, in their order."""
    read = pd.read_csv(ELSEWHERE, dtype=str)
    cells = read[read["table"] == name].groupby([*lines, *columns], sort=False)["value"].agg(" ".join)
    made = cells.unstack(columns).fillna("")
    keys: list[Any] = list(made.columns)
    made.columns = pd.Index([", ".join(key) if isinstance(key, tuple) else key for key in keys])
    return made.reset_index()


def dice(rows: pd.DataFrame) -> Figure:
    """Test Dice over the number of labelled images, mean and 95% t-interval over five seeds."""
    return figures.curves(rows, "oracle", ["strategy", "learner"], "test/dice", "test Dice")


ours = tables.nothing_measured
TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "test_dice": partial(means, metric="test/dice"),
    "test_hd95": partial(means, metric="test/hd95_px", digits=1),
    "annotated_labels": partial(means, metric="labels/annotated_dice"),
    "working_labels": working_labels,
    "compared_dice": partial(compared, metric="test/dice"),
    "compared_hd95": partial(compared, metric="test/hd95_px"),
    "elsewhere_one_seed": partial(elsewhere, name="one_seed", lines=["data", "metric"], columns=["n_labelled"]),
    "elsewhere_phantom": partial(elsewhere, name="phantom", lines=["labels"], columns=["metric"]),
    "elsewhere_scribbles": partial(elsewhere, name="scribbles", lines=["labels"], columns=["metric", "n_labelled"]),
}
FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {"dice": dice}
