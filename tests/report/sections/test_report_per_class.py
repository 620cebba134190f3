"""Values of single classes on the terminal."""

from __future__ import annotations

from rich.console import Console

from alseg.report.pages.terminal import render
from alseg.report.read.read_runs import read_runs
from alseg.report.sections.per_class import SECTION, class_columns, class_grid
from alseg.report.statistics.panels import build

NAMES = ("liver", "left_kidney", "spleen", "pancreas", "x" * 60)


def test_each_class_has_its_mean_at_the_last_budget(make_run, tmp_path):
    for seed in (0, 1):
        more = {f"test/dice_{name}": [0.1, 0.2, 0.5 + i / 10 + seed / 50] for i, name in enumerate(NAMES)}
        make_run("random", seed, more=more)
    report = build(read_runs([tmp_path / "runs"]))
    panel = report.panels[0]
    grid = class_grid(panel, class_columns(panel)[:2])
    assert grid.header == ("Condition", "Annotated", "liver", "left_kidney")
    # the mean of 0.50 and 0.52; half of the interval is 12.706 times their standard error, 0.01
    assert [cell.text for cell in grid.rows[0]] == ["random", "30", "0.510 ± 0.127", "0.610 ± 0.127"]
    assert [len(block.table.header) for block in SECTION.in_terminal(report, panel)] == [2 + 4, 2 + 1]
    console = Console(width=120, color_system=None)
    with console.capture() as capture:
        console.print(render(report))
    for said in ("Dice of each class", "0.510 ± 0.127", "0.810 ± 0.127", "0.910 [0.783, 1.000]"):
        assert said in capture.get()


def test_recall_of_the_classes_of_whole_images(make_run, tmp_path):
    more = {f"test/recall_{name}": [0.1, 0.2, value] for name, value in (("fat", 0.25), ("tumour", ""))}
    make_run("random", 0, metric="test/accuracy", more=more | {"test/recall_mucosa": [0.1, 0.2, 0.75]})
    panel = build(read_runs([tmp_path / "runs"])).panels[0]
    grid = class_grid(panel, class_columns(panel))
    assert grid.header == ("Condition", "Annotated", "fat", "tumour", "mucosa")
    assert [cell.text for cell in grid.rows[0]] == ["random", "30", "0.250 (n=1)", "–", "0.750 (n=1)"]


def test_one_class_is_the_metric_itself(make_run, tmp_path):
    make_run("random", 0, more={"test/dice_wall": [0.1, 0.2, 0.3]})
    report = build(read_runs([tmp_path / "runs"]))
    assert SECTION.in_terminal(report, report.panels[0]) == []
