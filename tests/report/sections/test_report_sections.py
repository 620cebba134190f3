"""A section of one's own is one file, and every format shows it."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from alseg.report import render, sections, write_report
from alseg.report.sections.found import found_sections, on_the_page
from alseg.report.sections.section import Section
from alseg.report.statistics.panels import build

RECIPE = Path(__file__).parents[3] / "CONTRIBUTING.md"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The section of CONTRIBUTING, in a folder elsewhere."""
    folder = tmp_path / "own"
    folder.mkdir()
    (recipe,) = re.findall(
        r"```python\n(# alseg/report/sections/seeds\.py\n.*?)```", RECIPE.read_text("utf-8"), re.DOTALL
    )
    (folder / "seeds.py").write_text(recipe)
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(folder)])
    yield import_module("alseg.report.sections.seeds")
    sys.modules.pop("alseg.report.sections.seeds", None)
    monkeypatch.delattr(sections, "seeds", raising=False)


@pytest.mark.slow
def test_a_section_of_ones_own_is_in_every_format(own, make_run, tmp_path):
    for seed in (3, 4):
        make_run("random", seed)
    out = tmp_path / "out"
    write_report([tmp_path / "runs"], out, runs=False)
    page, markdown, latex = ((out / name).read_text() for name in ("report.html", "table.md", "tables.tex"))
    assert "<summary>Seeds at hand</summary>" in page
    assert "<td class='number'>3 and 4</td>" in page
    assert "Of finished_runs alone." in page
    assert '<a href="seeds.csv">seeds.csv</a>: which seeds there are' in page
    assert "### Seeds at hand\n\n| Condition | Which |\n| :-- | --: |\n| random | 3 and 4 |" in markdown
    assert r"Of finished\_runs alone." in markdown
    assert r"\caption{phantoms, Seeds at hand. Of finished\_runs alone.}" in latex
    assert r"random & 3 and 4 \\" in latex
    assert (out / "seeds.csv").read_text() == "random,3\nrandom,4"


def test_a_section_may_speak_on_the_terminal(own, runs_of, monkeypatch):
    monkeypatch.setattr(own.Seeds, "in_terminal", own.Seeds.of_data_set)
    console = Console(file=StringIO(), width=120)
    console.print(render(build([runs_of("random", 3)])))
    text = " ".join(console.file.getvalue().split())
    assert "phantoms: Seeds at hand" in text
    assert "Of finished_runs alone." in text


def test_sections_are_found_and_stand_in_order(own):
    names = [type(section).__name__ for section in found_sections()]
    assert names == [
        "Finding", "Glimpse", "Results", "PerClass", "Power", "Audits", "Comparisons", "Penalty", "Levels", "Forecasts",
        "Overlaps", "Seeds", "Covered", "PickedShares",
        "ByStratum",
        "Cost", "OverDataSets", "Thickness",
    ]  # fmt: skip
    assert [type(section).__name__ for section in on_the_page()][-2:] == ["Thickness", "Penalty"]


def test_no_two_sections_write_or_describe_the_same(make_run, tmp_path):
    stems = [stem for section in found_sections() for stem in section.about]
    assert len(stems) == len({*stems})
    places = [section.place for section in found_sections()]
    assert len(places) == len({*places})


def test_a_section_that_says_nothing_is_empty():
    nothing = Section()
    assert (nothing.of_metric(None, None, ""), nothing.of_data_set(None, None), nothing.overall(None)) == ((), (), ())
    assert (nothing.in_terminal(None, None), nothing.files(None)) == ((), {})
