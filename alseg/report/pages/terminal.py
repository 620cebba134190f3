"""The report for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from alseg.report.pages.left_out import left_out_groups
from alseg.report.sections.found import found_sections
from alseg.report.sections.section import Block
from alseg.report.statistics.panels import Report


def render(report: Report) -> RenderableType:
    """What sections have for the terminal, the runs that were left out and the files that were written."""
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
    return Group(*parts)


def _block(block: Block, data: str) -> list[RenderableType]:
    # every text is a Text, since rich would read [names like this] as markup
    parts: list[RenderableType] = []
    if block.table is not None:
        table = Table(title=Text(f"{data}: {block.title}", style="bold"), title_justify="left")
        for i, name in enumerate(block.table.header):
            table.add_column(Text(name), justify="right" if i else "left", overflow="fold", no_wrap=i > 0)
        for row in block.table.rows:
            table.add_row(*(Text(cell.text, style="bold green" if cell.best else "") for cell in row))
        parts.append(table)
    return [*parts, Text(block.note, style="dim"), Text()]
