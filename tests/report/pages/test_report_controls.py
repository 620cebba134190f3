"""The form of the page: metrics by their rank, charts and filters by what differs."""

from __future__ import annotations

import re

import pytest

from alseg.report.pages.controls import controls, groups
from alseg.report.statistics.panels import build


def options(form, name):
    """Texts of a menu, and the groups that they stand in."""
    menu = re.search(rf'<select name="{name}">(.*?)</select>', form)
    return re.findall(r'label="(\w+)"|<option[^>]*>([^<]*)<', menu[1]) if menu else None


def test_other_metrics_than_the_primary_one_are_exploratory(runs_of):
    more = {"test/hd95_mm": [3, 2, 1], "test/iou": [0.1, 0.2, 0.3]}
    form = controls(build([runs_of(more=more)]))
    assert options(form, "metric") == [
        ("Primary", ""), ("", "Dice"), ("Exploratory", ""), ("", "HD95 (mm)"), ("", "IoU"),
    ]  # fmt: skip
    assert options(controls(build([runs_of("random", 1)])), "metric") == [("", "Dice")]


@pytest.mark.slow
def test_data_sets_with_primary_metrics_of_their_own_keep_them(runs_of):
    runs = [runs_of(), runs_of("random", 0, folder="b", data={"name": "cells"}, metric="test/accuracy")]
    found = options(controls(build(runs)), "metric")
    assert found == [("", "the primary one of each data set"), ("", "Accuracy"), ("", "Dice")]


def test_only_what_differs_can_be_chosen(runs_of):
    form = controls(build([runs_of("random", 0)]))
    assert options(form, "by") is None
    assert "fieldset" not in form
    assert "single seeds" not in form
    half = {"initial": 10, "query": 5, "rounds": 5}
    runs = [runs_of("random", s) for s in (1, 2)] + [runs_of("bald", 1, budget=half, folder="half")]
    report = build(runs)
    form = controls(report)
    assert [text for _, text in options(form, "by")] == ["one of all", "by strategy", "by budget"]
    assert re.findall(r"<legend>(\w+)</legend>", form) == ["Strategy", "Budget"]
    assert "single seeds" in form
    budgets = {of["budget"] for of in groups(report.panels[0]).values()}
    assert budgets == {"10 images, then 10 per round, 3 rounds", "10 images, then 5 per round, 5 rounds"}


def test_names_are_escaped(runs_of):
    form = controls(build([runs_of('"><script>', 0, folder="a"), runs_of("x", 0)]))
    assert "<script>" not in form
    assert "&quot;&gt;&lt;script&gt;" in form
