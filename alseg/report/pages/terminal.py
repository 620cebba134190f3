"""The report for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from alseg.report.columns import title
from alseg.report.sections.results import aubc_note, left_out_lines, results_grid
from alseg.report.statistics.panels import Report

MOST = 5
"""So many budgets fit beside the AUBC; the files hold all of them."""


def render(report: Report) -> RenderableType:
    """A table of the primary metric per data set, the runs that were left out and the files that were written."""
    parts: list[RenderableType] = []
    for panel in report.panels:
        metric = panel.metrics[0]
        # every text is a Text, since rich would read [names like this] as markup
        heading = f"{panel.data}: {title(metric)} by annotated {panel.units}, mean ± half of the 95% interval"
        table = Table(title=Text(heading, style="bold"), title_justify="left")
        grid = results_grid(panel, metric, _some(panel.budgets))
        for i, name in enumerate(grid.header):
            table.add_column(Text(name), justify="right" if i else "left", overflow="fold", no_wrap=i > 0)
        for row in grid.rows:
            table.add_row(*(Text(cell.text, style="bold green" if cell.best else "") for cell in row))
        parts += [table, Text(aubc_note(panel), style="dim"), Text()]
    parts += [Text(f"Note: {line}", style="bold yellow") for line in report.notes]
    if report.left_out:
        parts.append(Text("Left out of all numbers:", style="bold yellow"))
        parts += [Text(f"  {line}") for line in left_out_lines(report)]
    parts += [Text(f"wrote {path}") for path in report.files]
    return Group(*parts)


def _some(budgets: Sequence[int]) -> list[int]:
    if len(budgets) <= MOST:
        return list(budgets)
    places = {round(i * (len(budgets) - 1) / (MOST - 1)) for i in range(MOST)}
    return [budgets[i] for i in sorted(places)]
