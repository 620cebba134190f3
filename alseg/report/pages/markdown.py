"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alseg.report.columns import said, title
from alseg.report.grid import Grid
from alseg.report.pages.left_out import left_out_groups
from alseg.report.pages.provenance import provenance
from alseg.report.sections.found import found_sections
from alseg.report.sections.section import Block
from alseg.report.statistics.panels import Report


def markdown(report: Report) -> str:
    """The tables of all sections, those of a metric for the primary one, and the runs that were left out."""
    sections, parts = found_sections(), list[str]()
    for block in (block for section in sections for block in section.opening(report)):
        parts += [f"## {_md(block.title)}", *map(_md, block.note.splitlines())] if block.note else []
    for panel in report.panels:
        parts.append(f"## {_md(panel.data)}")
        for metric in panel.metrics[:1]:
            parts.append(_md(f"{title(metric)}: {said(metric)}."))
            for section in sections:
                parts += _blocks(section.of_metric(report, panel, metric), "###")
        for section in sections:
            parts += _blocks(section.of_data_set(report, panel), "###")
    for section in sections:
        parts += _blocks(section.overall(report), "##")
    if report.notes:
        parts += ["## Notes", _list(report.notes)]
    groups = left_out_groups(report)
    parts += ["## Left out"] if groups else []
    for sentence, lines in groups:
        parts += [sentence, _list(lines)]
    parts += ["## Provenance", _list(f"{heading}: {text}" for heading, text in provenance(report))]
    return "\n\n".join(parts) + "\n"


def _blocks(blocks: Iterable[Block], level: str) -> Iterator[str]:
    for block in blocks:
        if block.table is not None:
            yield _md(block.lead) if block.lead else f"{level} {_md(block.title)}"
            yield _md_table(block.table)
            if block.note:
                yield _md(block.note)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_md(line)}" for line in lines)


def _md_table(grid: Grid) -> str:
    lines = [" | ".join(_md(h) for h in grid.header), " | ".join([":--", *["--:"] * (len(grid.header) - 1)])]
    lines += [" | ".join(f"**{_md(c.text)}**" if c.best else _md(c.text) for c in row) for row in grid.rows]
    return "\n".join(f"| {line} |" for line in lines)


def _md(text: str) -> str:
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    for mark in "|*_`[]":
        text = text.replace(mark, "\\" + mark)
    return text
