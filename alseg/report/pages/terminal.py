"""The report for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from alseg.report.pages.fitting_table import FittingTable
from alseg.report.pages.left_out import left_out_groups
from alseg.report.sections.found import found_sections
from alseg.report.sections.section import Block
from alseg.report.statistics.panels import Report


def render(report: Report) -> RenderableType:
    """Blocks of all sections for the terminal, the runs that were left out and the files that were written."""
    parts: list[RenderableType] = []
    for panel in report.panels:
        for section in found_sections():
            for block in section.in_terminal(report, panel):
                parts += _block(block, panel.data)
    parts += [Text(f"Note: {line}", style="bold yellow") for line in report.notes]
    for sentence, lines in left_out_groups(report):
        parts.append(Text(f"Left out. {sentence}", style="bold yellow"))
        parts += [Text(f"  {line}") for line in lines]
    parts += [Text(f"wrote {path}") for path in report.files]
    for section in found_sections():
        parts += [Text(f"\n{block.title}: {block.note}\n") for block in section.opening(report) if block.note]
    return Group(*parts)


def _block(block: Block, data: str) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if block.table is not None:
        parts.append(FittingTable(block.table, f"{data}: {block.title}"))
    return [*parts, Text(block.note, style="dim"), Text()]
