"""The primary metric class by class, for the terminal: the page has every metric of a class in its menu."""

from __future__ import annotations

from collections.abc import Sequence

from alseg.report.columns import Column, decimals, title
from alseg.report.grid import Cell, Grid, format_estimate
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.panels import Panel, Report

OF = {"test/dice": "test/dice_", "test/accuracy": "test/recall_"}
"""Values of a metric class by class."""
TOGETHER = 4
"""Classes that fit beside one another; of more, several tables are made."""


class PerClass(Section):
    """Dice, or recall, of each class at the last budget, where there are several."""

    place = 12

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        columns = class_columns(panel)
        parts = [columns[i : i + TOGETHER] for i in range(0, len(columns), TOGETHER)]
        return [
            Block(
                f"{title(part[0]).partition(',')[0]} of each class, mean ± half of the 95% interval",
                class_grid(panel, part),
            )
            for part in parts
        ]


SECTION = PerClass()


def class_columns(panel: Panel) -> list[Column]:
    """Columns of the primary metric's classes; none where there is only one."""
    prefix = OF.get(panel.metrics[0]) if panel.metrics else None
    found = [metric for metric in panel.metrics if prefix and metric.startswith(prefix)]
    return found if len(found) > 1 else []


def class_grid(panel: Panel, columns: Sequence[Column]) -> Grid:
    """A row per condition, at the last shared budget or, without one, at its own last."""
    rows = []
    for i, row in enumerate(panel.rows):
        found = [panel.results(metric)[i].by_budget for metric in columns]
        budget = panel.shared[-1] if panel.shared else max((b for each in found for b in each), default=0)
        cells = (
            format_estimate(each.get(budget), decimals(metric), len(row.runs)) for each, metric in zip(found, columns)
        )
        rows.append((Cell(row.label), Cell(str(budget)), *(Cell(text) for text in cells)))
    names = (title(metric).partition(", ")[2] or title(metric) for metric in columns)
    return Grid(("Condition", "Annotated", *names), tuple(rows))
