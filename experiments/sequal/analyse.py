"""The tables of README.md: python -m experiments.sequal.analyse RUNS, or results.csv for the runs that README.md tells of.

Everything is paired on the seed. The comparisons: repair against none with every strategy, and every strategy against
random with and without repair, under each oracle; one number per run, the area under the curve of a metric over the
budgets (AUBC). All p-values of a metric are corrected together (Holm).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import tables

CONDITION = ["oracle", "strategy", "learner"]


def describe(config: Mapping[str, Any]) -> dict[str, Any]:
    """The condition of a run."""
    return {group: config[group]["name"] for group in CONDITION}


def pairs(rows: pd.DataFrame, metric: str) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every comparison: how it is described, ours by seed, the control by seed."""
    of = tables.areas(rows, CONDITION, metric)
    oracles, strategies, learners = ([*dict.fromkeys(key[i] for key in of)] for i in range(3))
    found = [((o, s, "sequal"), (o, s, "sequal_unrefined")) for o, s in product(oracles, strategies)]
    found += [((o, s, r), (o, "random", r)) for o, r, s in product(oracles, learners, strategies) if s != "random"]
    for ours, control in found:
        if ours in of and control in of:
            question = "repair" if ours[2] != control[2] else "query"
            against = f"{control[1]}, {control[2]}"
            yield {"question": question, **dict(zip(CONDITION, ours)), "against": against}, of[ours], of[control]


def main(source: Path) -> None:
    """Print all tables as Markdown; a second argument names a file for all rows."""
    rows = pd.read_csv(source) if source.suffix == ".csv" else tables.read(source, describe)
    if len(sys.argv) > 2:
        tables.save(rows, Path(sys.argv[2]), [*CONDITION, "seed"])
    print(f"{rows.groupby([*CONDITION, 'seed']).ngroups} finished runs")
    for metric in ("test/dice", "test/hd95_px", "labels/annotated_dice", "labels/working_dice"):
        digits = 1 if metric == "test/hd95_px" else 3
        print(f"\n### {metric}\n\n{tables.markdown(tables.per_budget(rows, CONDITION, metric, digits))}")
    for metric in ("test/dice", "test/hd95_px"):
        compared = tables.comparisons(pairs(rows, metric), f"AUBC of {metric}")
        print(f"\n### paired differences, {metric}\n\n{tables.markdown(compared)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
