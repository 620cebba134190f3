"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alseg.report.grid import Grid
from alseg.report.pages.run_list import left_out_lines
from alseg.report.sections.found import found_sections
from alseg.report.sections.section import Block
from alseg.report.statistics.panels import Report


def markdown(report: Report) -> str:
    """The tables of all sections, those of a metric for the primary one, and the runs that were left out."""
    sections, parts = found_sections(), []
    for panel in report.panels:
        parts.append(f"## {_md(panel.data)}")
        for section in sections:
            parts += _blocks(section.of_metric(report, panel, panel.metrics[0]), "###")
        for section in sections:
            parts += _blocks(section.of_data_set(report, panel), "###")
    for section in sections:
        parts += _blocks(section.overall(report), "##")
    if report.notes:
        parts += ["## Notes", "\n".join(f"- {_md(line)}" for line in report.notes)]
    if report.left_out:
        lines = "\n".join(f"- {_md(line)}" for line in left_out_lines(report))
        parts += ["## Left out", "These runs are in none of the numbers above.", lines]
    return "\n\n".join(parts) + "\n"


def _blocks(blocks: Iterable[Block], level: str) -> Iterator[str]:
    for block in blocks:
        if block.table is not None:
            yield _md(block.lead) if block.lead else f"{level} {_md(block.title)}"
            yield _md_table(block.table)
            if block.note:
                yield _md(block.note)


def _md_table(grid: Grid) -> str:
    lines = [" | ".join(_md(h) for h in grid.header), " | ".join([":--", *["--:"] * (len(grid.header) - 1)])]
    lines += [" | ".join(f"**{_md(c.text)}**" if c.best else _md(c.text) for c in row) for row in grid.rows]
    return "\n".join(f"| {line} |" for line in lines)


def _md(text: str) -> str:
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for mark in "|*_`[]":
        text = text.replace(mark, "\\" + mark)
    return text
