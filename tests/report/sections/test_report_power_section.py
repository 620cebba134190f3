"""What the report says of a design, before anything is compared."""

from __future__ import annotations

import math
import re
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from alseg.report.pages.latex import latex
from alseg.report.pages.markdown import markdown
from alseg.report.pages.page import html
from alseg.report.pages.terminal import render
from alseg.report.sections.power import power_grid, power_note
from alseg.report.statistics.designs import design
from alseg.report.statistics.panels import build
from alseg.report.statistics.power import detectable, seeds_needed
from tests.helpers.three_seeds import DICE, curve, three_seeds

TITLE = "ifferences that this design can find"


@pytest.fixture
def sweep(runs_of):
    return three_seeds(runs_of)


def test_the_table_and_the_words_are_those_numbers(sweep):
    report = build(sweep)
    found = design(report.analysis, report.panels[0], DICE)
    sd, upper = found.spread.sd, found.spread.upper()
    seen, most = ([cell.text for cell in row] for row in power_grid(found, DICE).rows)
    assert seen[:4] == ["as seen", "0.0158", f"{detectable(sd, 3, 2):.4f}", f"{detectable(sd, 3, 2, 0.2):.4f}"]
    assert seen[4:] == [str(seeds_needed(step, sd, 2)) for step in (0.01, 0.02, 0.05)]
    assert most[1] == f"{upper:.4f}"
    assert upper == pytest.approx(sd * math.sqrt(2 / 0.446287), rel=1e-5)
    assert [int(cell) for cell in most[4:]] >= [int(cell) for cell in seen[4:]]
    note = power_note(found, DICE)
    assert "with 3 seeds, their spread (SD of the paired differences 0.0158) and 2 comparisons with the control" in note
    assert (
        f"a true difference of {seen[2]} is found four times in five, and one of {seen[3]} is missed four times in five"
        in note
    )
    assert "Wilcoxon's test takes 7 seeds" in note


def test_two_seeds_find_nothing_and_say_so(sweep):
    report = build([run for run in sweep if run.seed < 2])
    found = design(report.analysis, report.panels[0], DICE)
    assert "with 2 seeds nothing is tested" in power_note(found, DICE)
    assert [cell.text for cell in power_grid(found, DICE).rows[0]][2:4] == ["–", "–"]


def test_other_units_count_seeds_for_parts_of_their_spread(runs_of):
    rng = np.random.default_rng(0)
    more = {"metric": "test/hd95_mm"}
    runs = [runs_of(s, i, curve(rng.normal(20, 3)), **more) for s in ("random", "entropy") for i in range(5)]
    report = build(runs)
    found = design(report.analysis, report.panels[0], report.panels[0].primary)
    header = power_grid(found, report.panels[0].primary).header
    assert header[4:] == tuple(f"n: {float(f'{found.spread.sd * part:.1g}'):g}" for part in (0.5, 1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("write", [html, markdown, latex])
def test_it_stands_before_the_comparisons(sweep, write):
    text = write(build(sweep))
    assert text.index(TITLE) < text.index("omparisons with the control")
    assert text.index(TITLE) < re.search(r"wilcoxon\W+p\b", text.lower()).start()  # LaTeX breaks the heading


def test_it_is_on_a_terminal_of_80_characters_with_every_digit(sweep):
    report = build(sweep)
    console = Console(file=StringIO(), width=80)
    console.print(render(report))
    text = console.file.getvalue()
    assert TITLE in text
    lines = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in text.splitlines()]
    for row in power_grid(design(report.analysis, report.panels[0], DICE), DICE).rows:
        assert [cell.text for cell in row] in lines
