"""``python -m experiments.audit.analyse``: results.csv and width.csv of the simulated campaigns, and the tables of the page."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.audit.run import PLANS
from experiments.tables import markdown

FOLDER = Path(__file__).parent
KINDS = ("now", "running", "as_it_was")
LEAST = 10
"""Drawn units of the intervals that the primary question is about; of whole patients 8."""


def results(folders: Sequence[Path]) -> pd.DataFrame:
    """A row per campaign, audited model and metric; of a kind that several folders hold, from the first."""
    tables = []
    for plan in PLANS:
        runs = next((folder for folder in folders if (folder / plan).is_dir()), folders[0])
        for path in sorted((runs / plan).glob("[0-9]*.csv")):
            if "redraws" in path.name:
                continue
            table = pd.read_csv(path)
            names = [str(name) for name in table]
            metrics = sorted({name.split("/")[0] for name in names if name.endswith("/now/true")})
            for metric in metrics:
                own = [name for name in names if name.startswith(f"{metric}/")]
                part = table[["seed", "model", *own]].rename(columns={name: name.split("/", 1)[1] for name in own})
                part.insert(0, "plan", plan)
                part.insert(1, "metric", metric)
                part["test"] = table.get(f"test/{metric}")
                tables.append(part)
    return pd.concat(tables, ignore_index=True)


def widths(folders: Sequence[Path]) -> pd.DataFrame:
    """A row per kind of campaigns, metric and number of drawn units: means over campaigns and draws."""
    tables = []
    for plan in PLANS:
        runs = next((folder for folder in folders if (folder / plan).is_dir()), folders[0])
        tables += [pd.read_csv(path).assign(plan=plan) for path in sorted((runs / plan).glob("*.redraws.csv"))]
    whole = pd.concat(tables, ignore_index=True)
    found = whole.groupby(["plan", "metric", "drawn"], sort=False)[["held", "width", "bias"]].mean().reset_index()
    order = {plan: place for place, plan in enumerate(PLANS)}
    return found.sort_values(["plan", "metric", "drawn"], key=lambda c: c.map(order) if c.name == "plan" else c)


def by_campaign(rows: pd.DataFrame, values: pd.Series) -> tuple[float, float]:
    """Mean, and its standard error over campaigns."""
    means = values.groupby([rows["plan"], rows["seed"]]).mean()
    sizes = values.groupby([rows["plan"], rows["seed"]]).size()
    mean = float(values.mean())
    off = (means - mean) * sizes
    return mean, float(np.sqrt((off**2).sum()) / sizes.sum())


def coverage(rows: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Coverage of each kind of interval, per kind of campaigns and metric, and over all."""
    parts = [(plan, metric, some) for (plan, metric), some in rows.groupby(["plan", "metric"], sort=False)]
    main = rows[rows["metric"].isin(["accuracy", "dice"])]
    for plan, metric, some in [*parts, ("all", "accuracy and Dice", main)]:
        line = {"campaigns": str(plan), "metric": str(metric), "number": str(some.groupby(["plan", "seed"]).ngroups)}
        least = np.where(some["plan"] == "colon_nuclei_patients", 8, LEAST)
        for kind in KINDS:
            here = some[some[f"{kind}/drawn"] >= least] if kind == "running" else some
            held = (here[f"{kind}/low"] <= here[f"{kind}/true"]) & (here[f"{kind}/true"] <= here[f"{kind}/high"])
            known = here[f"{kind}/low"].notna()
            mean, error = by_campaign(here[known], held[known].astype(float))
            line[f"{kind} held"] = f"{100 * mean:.1f} ± {100 * error:.1f}"
        yield line


def bias(rows: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Mean of estimates minus truth, with standard errors over campaigns."""
    for (plan, metric), some in rows.groupby(["plan", "metric"], sort=False):
        line = {"campaigns": str(plan), "metric": str(metric)}
        for name, value in (
            ("audit", some["now/value"] - some["now/true"]),
            ("all answers", some["naive"] - some["now/true"]),
            ("what was left - test set", some["now/true"] - some["test"]),
            ("pool as it was - test set", some["as_it_was/true"] - some["test"]),
            ("running - model now", some["running/true"] - some["now/true"]),
        ):
            known = value.notna()
            mean, error = by_campaign(some[known], value[known])
            line[name] = f"{mean:+.3f} ± {error:.3f}"
        yield line


def power(rows: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Share of campaigns whose picks are told from the rest, by the number of audits."""
    main = rows[rows["metric"].isin(["accuracy", "dice"])]
    for plan, some in main.groupby("plan", sort=False):
        line = {"campaigns": str(plan)}
        for model in sorted(int(one) for one in some["model"].unique()):
            here = some[some["model"] == model]
            harder = (here["difference/high"] < 0).mean()
            easier = (here["difference/low"] > 0).mean()
            line[f"{model + 1} audits"] = f"{100 * harder:.0f} / {100 * easier:.0f}"
        line["difference, last"] = f"{here['difference'].mean():+.3f}"
        yield line


def shown(lines: Iterator[dict[str, str]]) -> str:
    """As Markdown."""
    return markdown(pd.DataFrame(list(lines)).fillna("–"))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.audit.analyse", description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", metavar="DIR", help="take up what was run there")
    options = parser.parse_args()
    if options.runs is not None:
        results(options.runs).round(4).to_csv(FOLDER / "results.csv", index=False)
        widths(options.runs).round(4).to_csv(FOLDER / "width.csv", index=False)
    rows = pd.read_csv(FOLDER / "results.csv")
    print(shown(coverage(rows)), shown(bias(rows)), shown(power(rows)), sep="\n\n")
    width = pd.read_csv(FOLDER / "width.csv")
    wide = width.pivot_table(index=["plan", "metric"], columns="drawn", values=["held", "width"], sort=False)
    for name in ("width", "held"):
        digits = 3 if name == "width" else 2
        cells = wide[name].map(lambda v: "–" if math.isnan(v) else f"{v:.{digits}f}").reset_index()  # noqa: B023
        print(f"\n{name}\n{markdown(cells.rename(columns=str))}")


if __name__ == "__main__":
    main()
