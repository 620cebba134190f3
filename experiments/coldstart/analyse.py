"""The tables of README.md: python -m experiments.coldstart.analyse RUNS, or results.csv for the runs that README.md tells of.

Everything is paired on the seed. First images: every cold start against random, at each budget. Next images: every
strategy against random, by the area under the curve over the budgets (AUBC). All p-values of a metric, those of both
questions, are corrected together (Holm). What the paper reports stands in paper.yaml.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from experiments import tables

CONDITION = ["question", "data", "weights", "method"]
METRICS = {"test/dice": 3, "test/hd_px": 1}
"""Metric to the digits of its means."""


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


def pairs(rows: pd.DataFrame, metric: str) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every cold start against random at every budget, then every strategy against random by its AUBC."""
    first = rows[rows["question"] == "first"]
    for (data, weights, n), some in first.groupby(["data", "weights", "n_labelled"]):
        of = {method: dict(zip(runs["seed"], runs[metric])) for method, runs in some.groupby("method")}
        for method in of:
            if method != "random":
                what = {"question": "first", "data": data, "weights": weights, "labels": n, "method": method}
                yield what, of[method], of["random"]
    areas = tables.areas(rows[rows["question"] == "next"], CONDITION, metric)
    for (question, data, weights, method), ours in areas.items():
        if method != "random":
            what = {"question": question, "data": data, "weights": weights, "labels": "AUBC", "method": method}
            yield what, ours, areas[question, data, weights, "random"]


def beside_the_paper(rows: pd.DataFrame) -> pd.DataFrame:
    """The paper's numbers, and ours where its data set is among the runs."""
    lines = []
    paper = yaml.safe_load((Path(__file__).parent / "paper.yaml").read_text(encoding="utf-8"))
    for row in paper["results"]:
        line = {key: row[key] for key in ("data", "question", "metric")}
        line |= {"paper: baseline": row["baseline"], "paper: proposed": row["proposed"]}
        for name, weights in (("ours, ImageNet", "ImageNet"), ("ours, from scratch", "from scratch")):
            same = rows[
                (rows["question"] == row["question"]) & (rows["data"] == row["ours"]) & (rows["weights"] == weights)
            ]
            column = {"Dice": "test/dice", "HD": "test/hd_px"}[row["metric"]]
            by_seed = same.groupby(["method", "seed"])[column].mean()  # over the budgets, which share their seeds
            means = [tables.shown(by_seed[m], METRICS[column]) for m in row["methods"] if m in by_seed]
            line[name] = " → ".join(means) if len(same) else ""
        lines.append(line)
    return pd.DataFrame(lines)


def main(source: Path) -> None:
    """Print all tables as Markdown; a second argument names a file for all rows."""
    rows = pd.read_csv(source) if source.suffix == ".csv" else tables.read(source, describe)
    if len(sys.argv) > 2:
        tables.save(rows, Path(sys.argv[2]), [*CONDITION, "seed"])
    print(f"{rows.groupby([*CONDITION, 'n_labelled', 'seed']).ngroups} trainings\n")
    print(tables.markdown(beside_the_paper(rows)))
    for metric, digits in METRICS.items():
        for question, some in rows.groupby("question"):
            means = tables.per_budget(some, CONDITION[1:], metric, digits)
            print(f"\n### {question} images, {metric}\n\n{tables.markdown(means)}")
        compared = tables.comparisons(pairs(rows, metric), metric, digits + 1)
        print(f"\n### {metric}: against random\n\n{tables.markdown(compared)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
