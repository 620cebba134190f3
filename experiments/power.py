"""What the sweeps of this folder could have found: ``python -m experiments.power`` prints the table of docs/report.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from alseg.report.statistics.power import FRACTIONS, Spread, detectable, seeds_text
from alseg.reproduction.experiment import Experiment, find
from experiments import tables

CONTROL = "random"
SWEEPS = {
    "coldstart": ("test/dice", "method", {"question": "next"}),
    "sequal": ("test/dice", "strategy", {}),
    "unisal": ("test/accuracy", "strategy", {"labels": "queried"}),
}
"""Experiment to its primary metric, the column of what is compared with random, and the runs that it is about."""


def table() -> pd.DataFrame:
    """A line per experiment and setting: seeds, comparisons of the experiment, spread, and which differences are found."""
    lines = []
    for name, (metric, method, kept) in SWEEPS.items():
        families = dict(_families(find(name), metric, method, kept))
        comparisons = sum(len(family.columns) for family in families.values())
        for setting, differences in families.items():
            spread, seeds = Spread.of(differences.to_numpy()), len(differences)
            sizes = {"SD": spread.sd, "found 4 in 5": detectable(spread.sd, seeds, comparisons)}
            shown = {head: f"{size:.4f}" for head, size in sizes.items()}
            needed = {f"seeds for {step:g}": seeds_text(step, spread.sd, comparisons) for step in FRACTIONS}
            lines.append(
                {"sweep": name, "setting": setting, "seeds": seeds, "comparisons": comparisons, **shown, **needed}
            )
    return pd.DataFrame(lines)


def _families(
    experiment: Experiment, metric: str, method: str, kept: Mapping[str, str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Setting to the paired differences from random in the AUBC, ``(seeds, methods)``."""
    rows = pd.read_csv(experiment.results)
    for column, value in kept.items():
        rows = rows[rows[column] == value]
    columns = [column for column in experiment.condition if column not in (method, *kept)]
    areas = tables.areas(rows, [*columns, method], metric)
    for setting in dict.fromkeys(key[:-1] for key in areas):
        control = areas.get((*setting, CONTROL))
        others = {key[-1]: found for key, found in areas.items() if key[:-1] == setting and key[-1] != CONTROL}
        if control is not None and others:
            values = pd.DataFrame(others)
            yield ", ".join(map(str, setting)), values.sub(pd.Series(control), axis=0).dropna()


def main() -> None:
    """Print the table as Markdown."""
    print(tables.markdown(table()))


if __name__ == "__main__":
    main()
