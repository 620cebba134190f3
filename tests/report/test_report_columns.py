from __future__ import annotations

import pytest

from alseg.report.columns import lower_is_better, primary, title
from alseg.report.figures.style import COLOURS, looks, readable_ticks


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
