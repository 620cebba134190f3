"""The tables and figure of README.md, which `alseg reproduce partial` makes.

Everything is paired on the seed. The primary number of a run is the test Dice of what the data set is about (`PRIMARY`); that of
a seed is the mean over the three numbers of labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from experiments import figures, tables

CONDITION = ["data", "labels", "learner"]
BUDGETS = (20, 40, 80)
PILOTS = Path(__file__).parent / "pilots.csv"
"""Pilot trainings on Montgomery: at several of their steps, and at their end."""
PRIMARY = {"cardiac": "test/dice_class_3"}
"""The metric of a data set; of all others it is test/dice. Class 3 of the heart is the left ventricle."""
LABELS = Path(__file__).parent / "labels.csv"
"""What repairs did to the labels, by :mod:`experiments.partial.labels`."""
CLASSES = tuple(PRIMARY.values())
REPAIRED, UNREPAIRED, CLEAN = ("partial", "sequal"), ("partial", "sequal_unrefined"), ("simulated", "sequal_unrefined")
GAIN, SHARE = 0.05, 0.95
"""What the registration looks for: Dice gained over no repair, and share of the Dice that whole tracings give."""


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run."""
    data = config["data"]
    where = (data.get("where") or {}).get("site")
    return {"data": where or data["name"], "labels": config["oracle"]["name"], "learner": config["learner"]["name"]}


def primary(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their primary metric as ``dice``."""
    parts = [
        part.assign(dice=part[PRIMARY.get(str(data), "test/dice")]) for data, part in rows.groupby("data", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def dice_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean and interval of the primary Dice over seeds, by number of labels."""
    return tables.per_budget(primary(rows), CONDITION, "dice")


def means(rows: pd.DataFrame, metric: str, digits: int = 3) -> pd.DataFrame:
    """Mean and interval over seeds, where there is something to measure."""
    return tables.per_budget(rows[rows[metric].notna()], CONDITION, metric, digits)


def over_budgets(rows: pd.DataFrame) -> dict[str, dict[tuple[str, str], dict[int, float]]]:
    """By data set, condition and seed, the mean of the primary Dice over the budgets; a seed that lacks one is not there."""
    found: dict[str, dict[tuple[str, str], dict[int, float]]] = {}
    for (data, labels, learner), by_seed in tables.means_over(primary(rows), CONDITION, "dice", BUDGETS).items():
        found.setdefault(data, {})[labels, learner] = by_seed
    return found


def pairs(rows: pd.DataFrame) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Repaired against unrepaired, of each data set."""
    for data, of in over_budgets(rows).items():
        if REPAIRED in of and UNREPAIRED in of:
            yield {"data": data}, of[REPAIRED], of[UNREPAIRED]


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """The four comparisons of the registration, corrected together (Holm)."""
    return tables.comparisons(pairs(rows), "Dice, mean over 20, 40 and 80 labels")


def verdict(rows: pd.DataFrame) -> pd.DataFrame:
    """What the registration looks for, of each data set: the gain, and the share of what whole tracings give."""
    lines = []
    for data, of in over_budgets(rows).items():
        seeds = sorted(set.intersection(*(set(of.get(key, {})) for key in (REPAIRED, UNREPAIRED, CLEAN))))
        if not seeds:
            continue
        mean = {key: sum(of[key][seed] for seed in seeds) / len(seeds) for key in (REPAIRED, UNREPAIRED, CLEAN)}
        gain, share = mean[REPAIRED] - mean[UNREPAIRED], mean[REPAIRED] / mean[CLEAN]
        lines.append(
            {
                "data": data,
                "seeds": len(seeds),
                "whole tracings": f"{mean[CLEAN]:.3f}",
                "partial": f"{mean[UNREPAIRED]:.3f}",
                "partial, repaired": f"{mean[REPAIRED]:.3f}",
                "gain": f"{gain:+.3f}",
                f"gain of {GAIN:g}": "yes" if gain >= GAIN else "no",
                "share of whole": f"{share:.1%}",
                f"share of {SHARE:.0%}": "yes" if share >= SHARE else "no",
            }
        )
    return pd.DataFrame(lines)


def pilots(_: pd.DataFrame) -> pd.DataFrame:
    """The pilot trainings as they ended."""
    read = pd.read_csv(PILOTS, dtype=str, keep_default_na=False)
    ends = read[read["step"] == read["steps"]]
    wrong = {"sure_wrong_foreground": "sure, wrong: foreground", "sure_wrong_background": "background"}
    shown = ends.assign(
        val_dice=ends["val_dice"].astype(float).map("{:.3f}".format),
        val_dice_partial=ends["val_dice_partial"].astype(float).map("{:.3f}".format),
    )
    columns = ["setting", "seed", "repairs", "val_dice", "val_dice_partial", *wrong]
    names = {
        "val_dice": "Dice, whole masks",
        "val_dice_partial": "Dice, masks cut likewise",
        "repairs": "repairs at step",
    }
    return shown[columns].rename(columns=names | wrong).reset_index(drop=True)


def repairs(_: pd.DataFrame) -> pd.DataFrame:
    """Shares that the repairs restored, destroyed and invented: mean and interval over seeds, each the mean over budgets."""
    read = pd.read_csv(LABELS)
    kinds = {
        "restored": "of what was not traced: restored",
        "destroyed": "of what was traced: destroyed",
        "invented": "of the background: invented",
    }
    lines = []
    for (data, name), part in read.groupby(["data", "class"], sort=False):
        by_seed = part.groupby("seed")[list(kinds)].mean()
        cells = {title: tables.shown(by_seed[kind]) for kind, title in kinds.items()}
        lines.append({"data": data, "class": name, "seeds": len(by_seed), **cells})
    return pd.DataFrame(lines)


def dice(rows: pd.DataFrame) -> Figure:
    """Test Dice over the number of labelled images, mean and 95% t-interval over seeds."""
    return figures.curves(primary(rows), "data", ["labels", "learner"], "dice", "test Dice")


ours = tables.nothing_measured
TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "verdict": verdict,
    "compared": compared,
    "dice_table": dice_table,
    "pilots": pilots,
    "repairs": repairs,
    "hd95": partial(means, metric="test/hd95_px", digits=1),
    "working_labels": partial(means, metric="labels/working_dice"),
    "thickness": partial(means, metric="test/cimt_abs_bias_um", digits=0),
    "thickness_bias": partial(means, metric="test/cimt_bias_um", digits=0),
    "annotated_labels": partial(means, metric="labels/annotated_dice"),
}
FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {"dice": dice}
