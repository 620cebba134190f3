"""Made parts of README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from alseg.files import write_text
from alseg.reproduction.readme import refreshed
from experiments import tables
from experiments.controls.claims import judged, table
from experiments.controls.settings import DICE, SETTINGS

FOLDER = Path(__file__).parent
RESULTS, README = FOLDER / "results.csv", FOLDER / "README.md"


def refresh(rows: pd.DataFrame, readme: Path = README) -> None:
    """Bring the page up to the rows."""
    old = readme.read_text(encoding="utf-8")
    new = refreshed(old, parts(rows), readme)
    if new != old:
        write_text(readme, new)


def parts(rows: pd.DataFrame) -> Mapping[str, Callable[[], str]]:
    """Makers of the parts, by the names in their marks."""
    return {
        "claims": lambda: f"{_count(rows)}\n\n{tables.markdown(table(rows))}",
        "settings": lambda: "\n".join(f"- `{name}`: {one.make.__doc__}" for name, one in SETTINGS.items()),
        "curves": lambda: "\n\n".join(_curve(rows, str(name)) for name in rows["setting"].unique()),
        "cost": lambda: tables.markdown(pd.read_csv(FOLDER / "cost.csv").astype(object).fillna("")),
    }


def _count(rows: pd.DataFrame) -> str:
    found = judged(rows)
    return f"{sum(came_out for *_, came_out in found)} of {len(found)} came out."


def _curve(rows: pd.DataFrame, setting: str) -> str:
    metric = SETTINGS[setting].metric if setting in SETTINGS else DICE
    some = rows[rows["setting"] == setting]
    shown = tables.per_budget(some, ["strategy"], metric).rename(columns={"strategy": f"{setting}: {metric}"})
    return tables.markdown(shown)
