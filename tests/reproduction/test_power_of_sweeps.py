"""The table of docs/report.md that says what the sweeps of this repository could find."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alseg.reproduction.readme import markdown, refreshed
from experiments import power, tables
from experiments.power import table

PAGE = Path(__file__).parents[2] / "docs" / "report.md"
OTHERS = {"partial", "pld"}
"""Nothing in partial is compared with random, and the number that counts in pld is no area under a curve."""


@pytest.fixture(scope="module")
def made():
    return table()


def test_the_page_has_what_the_results_make(made):
    text = PAGE.read_text(encoding="utf-8")
    assert refreshed(text, {"sweeps": lambda: markdown(made)}, PAGE) == text


def test_a_line_by_hand(made):
    """UniSAL's breast ultrasound: two strategies against random, five seeds."""
    rows = pd.read_csv(PAGE.parents[1] / "experiments/unisal/results.csv")
    rows = rows[(rows["data"] == "breast_ultrasound") & (rows["labels"] == "queried")]
    areas = tables.areas(rows, ["strategy"], "test/accuracy")
    (control,) = (pd.Series(areas[key]) for key in areas if key == ("random",))
    variances = [(pd.Series(found) - control).var() for key, found in areas.items() if key != ("random",)]
    assert len(variances) == 2
    (line,) = (row for row in made.to_dict("records") if row["setting"] == "breast_ultrasound, unisal")
    assert float(line["SD"]) == pytest.approx((sum(variances) / 2) ** 0.5, abs=5e-5)
    assert line["seeds"] == 5


def test_every_experiment_is_in_it(made):
    assert set(made["sweep"]) == set(power.SWEEPS)
    sweeps = [path.parent for path in PAGE.parents[1].glob("experiments/*/sweep.yaml")]
    compared_with_random = {folder.name for folder in sweeps if (folder / "results.csv").exists()} - OTHERS
    assert compared_with_random == set(power.SWEEPS)
