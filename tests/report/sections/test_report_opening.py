"""A report opens with what was found, and with what was asked for."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from alseg.report import render, write_report
from alseg.report.sections.finding import finding
from alseg.report.sections.glimpse import alike
from alseg.report.statistics.panels import build
from tests.helpers.run_files import add_pictures

NOISE = (0.0, 0.004, -0.003, 0.002, -0.003)
"""Around 0, by seed."""


@pytest.fixture
def runs_with(runs_of):
    """Runs of random selection and of others whose Dice is so much higher after the cold start, seed by seed."""

    def make(seeds=5, **gains):
        runs = []
        for strategy, gain in {"random": 0.0, **gains}.items():
            for seed in range(seeds):
                by = gain + (NOISE[seed] if gain else 0) if strategy != "noisy" else 3 * NOISE[seed]
                runs.append(runs_of(strategy, seed, {10: 0.5, 20: 0.6 + by, 30: 0.7 + by}))
        return build(runs)

    return make


def test_better_worse_and_not_to_be_told_apart(runs_with):
    report = runs_with(good=0.05, bad=-0.05, noisy=0.0)
    text = finding(report, report.panels[0])
    where = "On average over the budgets, "
    assert re.search(re.escape(where) + r"good \(\+0\.0500 ± 0\.\d{4}, p <0\.001\) is better than random\.", text)
    assert re.search(re.escape(where) + r"bad \(-0\.0500 ± 0\.\d{4}, p <0\.001\) is worse than random\.", text)
    assert re.search(re.escape(where) + r"noisy \(\+0\.0000 ± 0\.\d{4}, p 1\.000\) is not to be told apart", text)
    assert re.search(r"With these 5 seeds a true difference of 0\.\d{4} is found four times in five", text)


def test_two_seeds_tell_nothing(runs_with):
    report = runs_with(seeds=2, good=0.05)
    text = finding(report, report.panels[0])
    reached = "After 30 annotated images the mean Dice is 0.700 with random and 0.752 with good (higher is better). "
    assert text.startswith(f"{reached}Nothing can be told of it: 2 common seeds, and a test takes 3 or more.")
    assert text.endswith("against random: good +0.0520.")


def test_one_condition_is_compared_with_nothing(runs_with):
    report = runs_with(seeds=2)
    assert finding(report, report.panels[0]).startswith(
        "After 30 annotated images the mean Dice is 0.700 with random (higher is better). Nothing is compared"
    )


def test_a_metric_that_ranks_nobody_finds_nothing(runs_of):
    runs = [runs_of(strategy, seed, metric="test/oddness") for strategy in ("random", "good") for seed in range(3)]
    report = build(runs)
    assert finding(report, report.panels[0]) == ""


def test_many_alike_are_not_all_named(runs_with):
    report = runs_with(seeds=3, **{f"s{i}": 0.05 + i / 1000 for i in range(7)})
    assert "and 3 more" in finding(report, report.panels[0])


def test_pictures_are_of_one_seed_that_all_have(runs_of):
    seeds = {"random": (2, 3, 4), "good": (1, 3, 4), "other": (3, 4), "fourth": (9,)}
    report = build([runs_of(strategy, seed) for strategy, those in seeds.items() for seed in those])
    assert len(list(alike(report.panels[0]))) == 3
    apart = build([runs_of("random", 0, folder="r"), runs_of("good", 1, folder="g")])
    assert sorted((label, run.seed) for label, run in alike(apart.panels[0])) == [("good", 1), ("random", 0)]


def test_the_page_begins_with_both_and_the_terminal_ends_with_the_words(make_run, tmp_path):
    for strategy in ("random", "good"):
        add_pictures(make_run(strategy, 0))
    out = tmp_path / "out"
    report = write_report([tmp_path / "runs"], out)
    page = (out / "report.html").read_text()
    found, asked, panel = (page.index(text) for text in ("What was found", "What was asked for", "data-panel"))
    assert found < asked < panel
    assert page.count('<a href="runs/random_seed%3D0.html"><img alt="random, seed 0: the pool as a map') == 1
    assert page.count(">random, seed 0: ") == page.count(">good, seed 0: ") == 2
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert (out / "table.md").read_text().startswith("## What was found\n\nAfter 30 annotated images the mean Dice is")
    console = Console(file=StringIO(), width=300)
    console.print(render(report))
    assert console.file.getvalue().strip().splitlines()[-1].startswith("What was found: After 30 annotated images")


def test_without_pages_of_runs_the_report_holds_no_picture_of_an_image(make_run, tmp_path):
    for strategy in ("random", "good"):
        add_pictures(make_run(strategy, 0))
    write_report([tmp_path / "runs"], tmp_path / "out", runs=False)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "What was asked for" not in page
    assert "data:image/jpeg" not in page
