"""A section of one's own is one file, and every format shows it."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from rich.console import Console

from alseg.report import render, sections, write_report
from alseg.report.sections.found import found_sections, on_the_page
from alseg.report.sections.section import Section

MODULE = '''
"""Seeds of every condition."""

from alseg.report.grid import Cell, Grid
from alseg.report.sections.section import Block, Section


class Seeds(Section):
    place = 55
    about = {"seeds": "which seeds there are"}

    def of_data_set(self, report, panel):
        rows = [(Cell(row.label), Cell(" and ".join(map(str, row.runs)))) for row in panel.rows]
        return [Block("Seeds at hand", Grid(("Condition", "Which"), tuple(rows)), note="Nothing but_the seeds.")]

    in_terminal = of_data_set

    def files(self, report):
        lines = [f"{row.label},{seed}" for panel in report.panels for row in panel.rows for seed in row.runs]
        return {"seeds.csv": "\\n".join(lines).encode(), "unsaid.txt": b""}


SECTION = Seeds()
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of sections that lies elsewhere."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "seeds.py").write_text(MODULE)
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(folder)])
    yield
    sys.modules.pop("alseg.report.sections.seeds", None)
    monkeypatch.delattr(sections, "seeds", raising=False)


def test_a_section_of_ones_own_is_in_every_format(own, make_run, tmp_path):
    for seed in (3, 4):
        make_run("random", seed)
    out = tmp_path / "out"
    report = write_report([tmp_path / "runs"], out, runs=False)
    page, markdown, latex = ((out / name).read_text() for name in ("report.html", "table.md", "tables.tex"))
    assert "<summary>Seeds at hand</summary>" in page
    assert "<td class='number'>3 and 4</td>" in page
    assert "Nothing but_the seeds." in page
    assert '<a href="seeds.csv">seeds.csv</a>: which seeds there are' in page
    assert '<a href="unsaid.txt">unsaid.txt</a>' in page
    assert "### Seeds at hand\n\n| Condition | Which |\n| :-- | --: |\n| random | 3 and 4 |" in markdown
    assert r"Nothing but\_the seeds." in markdown
    assert r"\caption{phantoms, Seeds at hand. Nothing but\_the seeds.}" in latex
    assert r"random & 3 and 4 \\" in latex
    assert (out / "seeds.csv").read_text() == "random,3\nrandom,4"
    console = Console(file=StringIO(), width=120)
    console.print(render(report))
    assert "phantoms: Seeds at hand" in console.file.getvalue()
    assert "3 and 4" in console.file.getvalue()


def test_sections_are_found_and_stand_in_order(own):
    names = [type(section).__name__ for section in found_sections()]
    assert names == [
        "Results", "Comparisons", "Penalty", "Levels", "Overlaps", "Seeds", "Covered", "Cost", "OverDataSets", "Thickness",
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
