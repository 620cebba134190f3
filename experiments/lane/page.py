"""Made parts of README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from alseg.files import write_text
from alseg.reproduction.readme import refreshed
from experiments import tables
from experiments.lane import analyse, queries
from experiments.lane.run import ALL, SEEDS

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
FAMILY = 65
"""Comparisons that were registered for queries."""
STARTS = 14
"""Likewise, for cold starts."""


def refresh(readme: Path = README) -> None:
    """Bring the page up to the tables."""
    old = readme.read_text(encoding="utf-8")
    new = refreshed(old, parts(), readme)
    if new != old:
        write_text(readme, new)


def parts() -> Mapping[str, Callable[[], str]]:
    """Makers of the parts, by the names in their marks; what was not run has none."""
    return {
        "query_power": _power,
        "query_comparisons": lambda: _of(
            "queries", lambda rows: analyse.compared(analyse.query_family(rows), "AUBC", FAMILY)
        ),
        "resampling": lambda: _of("resampling", _resampled),
        "query_levels": lambda: _of("queries", analyse.levels),
        "query_curves": lambda: _of("queries", _curves),
        "start_comparisons": lambda: _of("cold_starts", _starts),
        "start_explored": lambda: _of("cold_starts", _explored),
        "start_spreads": lambda: _of("cold_starts", lambda rows: analyse.spreads(rows, STARTS)),
        "start_dice": lambda: _of("cold_starts", analyse.every_start),
        "start_hd": lambda: _of("cold_starts", lambda rows: analyse.every_start(rows, "test/hd_px", 1)),
    }


def _of(name: str, make: Callable[[pd.DataFrame], pd.DataFrame]) -> str:
    file = FOLDER / f"{name}.csv"
    rows = pd.read_csv(file) if file.exists() else pd.DataFrame()
    return "Not run yet." if rows.empty or (made := make(rows)).empty else tables.markdown(made)


def _starts(rows: pd.DataFrame) -> pd.DataFrame:
    return analyse.compared([*analyse.start_family(rows)], "Dice", STARTS)


def _resampled(rows: pd.DataFrame) -> pd.DataFrame:
    family = analyse.resampled(pd.read_csv(FOLDER / "queries.csv"), rows)
    return analyse.compared(family, "AUBC", len(family))


def _explored(rows: pd.DataFrame) -> pd.DataFrame:
    family = [*analyse.start_family(rows, analyse.EXPLORED)]
    return analyse.compared(family, "Dice", len(family))


def _curves(rows: pd.DataFrame) -> pd.DataFrame:
    one = rows[(rows["strategy"] != ALL) & (rows["n_labelled"].isin([100, 200, 160, 320]))]
    return tables.per_budget(one, ["data", "learner", "strategy"], queries.METRIC)


def _power() -> str:
    file = FOLDER / "queries_pilot.csv"
    if not file.exists():
        return "No pilot yet."
    rows = pd.read_csv(file)
    family = analyse.query_family(rows)
    lines = []
    for question in dict.fromkeys(about["question"] for about, *_ in family):
        some = [one for one in family if one[0]["question"] == question]
        sd, least = analyse.power(some, SEEDS["queries"], FAMILY)
        lines.append(
            {"question": question, "comparisons": len(some), "SD": f"{sd:.3f}", "found 4 in 5": f"{least:.3f}"}
        )
    return tables.markdown(pd.DataFrame(lines))
