"""Pairwise penalty matrix, as a table and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import title
from alseg.report.grid import NOTHING, Cell, Grid, matrix
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.panels import Report
from alseg.report.statistics.penalty import PenaltyMatrix

NOTE = (
    "Row beats column: each cell says how often the condition of its row is significantly better than that of its column "
    "(two-sided t-test at 5% on differences paired on the seed, at every budget, uncorrected), as a share of the budgets "
    "at which the two could be compared, summed over data sets: at most 1 per data set. The last line is the mean of each "
    "column, how often a condition is beaten: lower is better; the last column is the mean of each row. Two conditions "
    "that do not differ beat each other at 2.5% of budgets, so small numbers mean nothing."
)
BEATEN = "is beaten (mean of column)"
BEATS = "beats (mean of row)"


class Penalty(Section):
    """Who beats whom, over all data sets."""

    place = 30
    place_on_page = 95
    about: ClassVar = {"penalty": "the pairwise penalty matrix of every metric"}

    def overall(self, report: Report) -> Sequence[Block]:
        metric = report.panels[0].metrics[0]
        found = report.analysis.penalty(metric)
        if not found.compared.any():
            return []
        return [Block(f"Pairwise penalty matrix, {title(metric)}", penalty_grid(found), note=NOTE)]

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"penalty.csv": penalty_csv(report.analysis).encode()}


SECTION = Penalty()


def penalty_grid(found: PenaltyMatrix) -> Grid:
    """K conditions by K, with the means; bold is the least beaten."""
    size = range(len(found.labels))
    cells = [
        [Cell(NOTHING if i == j or not found.compared[i, j] else f"{found.wins[i, j]:.2f}") for j in size] for i in size
    ]
    grid = matrix(found.labels, cells, "Row beats column")
    rows = [(*line, Cell(f"{mean:.2f}")) for line, mean in zip(grid.rows, found.beats)]
    least = found.beaten.min() if len(set(found.beaten.tolist())) > 1 else None
    last = [Cell(f"{v:.2f}", v == least) for v in found.beaten]
    return Grid((*grid.header, BEATS), (*rows, (Cell(BEATEN), *last, Cell(NOTHING))), summary=True)


def penalty_csv(analysis: Analysis) -> str:
    """A line per metric and ordered pair: how often ``condition`` beats ``other``, over how many data sets."""
    lines = []
    for metric in analysis.metrics:
        found = analysis.penalty(metric)
        for i, label in enumerate(found.labels):
            for j, other in enumerate(found.labels):
                if i != j and found.compared[i, j]:
                    lines.append((metric, label, other, found.wins[i, j], int(found.compared[i, j])))
    return pd.DataFrame(lines, columns=["metric", "condition", "other", "beats", "n_data_sets"]).to_csv(index=False)
