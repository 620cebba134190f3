from __future__ import annotations

import copy
import json

import pytest

from alseg.errors import DataError
from alseg.metrics.metric import Metric
from alseg.report.columns import Column, decimals, is_ranked, lower_is_better, primary, title
from alseg.report.figures.style import COLOURS, looks, readable_ticks
from alseg.report.pages.markdown import markdown
from alseg.report.read.read_runs import read_run, read_runs
from alseg.report.statistics.panels import build


@pytest.mark.parametrize(
    ("column", "text", "lower"),
    [
        ("test/dice", "Dice", False),
        ("test/dice_lumen_intima", "Dice, lumen_intima", False),
        ("test/hd95_mm", "HD95 (mm)", True),
        ("test/asd_px", "ASD (px)", True),
        ("test/empty", "Empty predictions", True),
        ("test/loss", "Loss", True),
        ("test/balanced_accuracy", "Balanced accuracy", False),
        ("test/dice_loss", "Dice, loss", False),  # read as a class of that name
        ("test/kappa", "kappa", False),
    ],
)
def test_titles_and_directions(column, text, lower):
    assert title(column) == text
    assert lower_is_better(column) is lower


def test_primary():
    assert primary(["test/iou", "test/dice"]) == "test/dice"
    assert primary(["test/auroc", "test/accuracy"]) == "test/accuracy"
    assert primary(["test/kappa", "test/auroc"]) == "test/kappa"


def test_looks_are_distinct_and_stable():
    names = [f"c{i}" for i in range(15)]
    found = looks([*names, *names])
    assert len(found) == 15
    assert len({(k.colour, k.dash, k.marker) for k in found.values()}) == 15
    assert found["c0"].colour == COLOURS[0] == "#0072B2"
    assert found["c0"].fill(0.5) == "rgba(0,114,178,0.5)"


def test_ticks_keep_both_ends_and_never_crowd():
    assert readable_ticks([10, 20, 30]) == [10, 20, 30]
    assert readable_ticks([1, 2, 3, 100]) == [1, 100]
    assert readable_ticks([10, 98, 100]) == [10, 100]
    assert readable_ticks([7]) == [7]
    assert readable_ticks([]) == []


def test_a_column_goes_by_what_the_runs_say_of_their_metrics():
    gap = Metric("surface_gap", "Surface gap", higher_is_better=False, digits=4)
    angle = Metric("angle", "Angle", higher_is_better=None, unit="°")
    described = {"surface_gap": gap, "angle": angle}
    column = Column("test/surface_gap_tumour_mm", described)
    assert (column, title(column)) == ("test/surface_gap_tumour_mm", "Surface gap, tumour (mm)")
    assert (lower_is_better(column), is_ranked(column), decimals(column)) == (True, True, 4)
    column = Column("test/angle", described)
    assert (title(column), lower_is_better(column), is_ranked(column), decimals(column)) == (
        "Angle (°)",
        False,
        False,
        2,
    )
    assert title(Column("test/dice", described)) == "Dice"
    assert title("test/angle") == "angle"
    assert title(copy.deepcopy(column)) == "Angle (°)"


def test_a_described_metric_in_a_report(make_run, tmp_path):
    """Lower is better by the ledger alone: nothing in the word `gap` tells it."""
    gap = Metric("gap", "Surface gap", higher_is_better=False, digits=4)
    for strategy, value in (("random", 9.0), ("entropy", 4.0)):
        folder = make_run(strategy, 0, {10: value, 20: value}, metric="test/gap")
        event = {"event": "evaluated", "round": 1, "metrics": {}, "described": [gap.recorded()]}
        with (folder / "ledger.jsonl").open("a") as ledger:
            ledger.write(json.dumps(event) + "\n")
    text = markdown(build(read_runs([tmp_path / "runs"])))
    assert "Surface gap on the test set" in text
    assert "| entropy | 1 | 4.0000 (n=1) |" in text


def test_a_broken_description_is_named(make_run):
    folder = make_run()
    with (folder / "ledger.jsonl").open("a") as ledger:
        ledger.write(json.dumps({"event": "evaluated", "described": [{"title": "no name"}]}) + "\n")
    with pytest.raises(DataError, match="is no ledger event"):
        read_run(folder)
