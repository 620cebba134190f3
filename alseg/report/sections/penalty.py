"""Pairwise penalty matrix, as a table and as CSV."""

from __future__ import annotations

import math
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
    "at which the two could be compared, summed over data sets: at most 1 per data set. Budgets at which both hold the same "
    "images do not count (skip_first: the shared cold start), nor those with fewer than three common seeds. The last line is "
    "how often a condition is beaten, the last column how often it beats another, as shares of what it was compared in, from "
    "0 to 1. Nothing is marked as best: conditions that are equal beat each other at 2.5% of budgets, so small numbers mean "
    "nothing."
)
BEATEN = "is beaten (share)"
BEATS = "beats (share)"


class Penalty(Section):
    """Pairwise penalty matrix over all data sets."""

    place = 30
    place_on_page = 95
    about: ClassVar = {"penalty": "the pairwise penalty matrix of every metric"}

    def overall(self, report: Report) -> Sequence[Block]:
        blocks = []
        for metric in report.leading:
            found = report.analysis.penalty(metric)
            if found is not None and found.compared.any():
                blocks.append(Block(f"Pairwise penalty matrix, {title(metric)}", penalty_grid(found), note=NOTE))
        return blocks

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"penalty.csv": penalty_csv(report.analysis).encode()}


SECTION = Penalty()


def penalty_grid(found: PenaltyMatrix) -> Grid:
    """K conditions by K, with the shares; a cell says over how many data sets it is where they are not the same for all."""
    size = range(len(found.labels))
    many = {int(n) for n in found.compared.flat if n}
    cells = [
        [Cell(NOTHING if not found.compared[i, j] else _cell(found, i, j, len(many) > 1)) for j in size] for i in size
    ]
    grid = matrix(found.labels, cells, "Row beats column")
    rows = [(*line, Cell(_share(share))) for line, share in zip(grid.rows, found.beats)]
    last = [Cell(_share(share)) for share in found.beaten]
    return Grid((*grid.header, BEATS), (*rows, (Cell(BEATEN), *last, Cell(NOTHING))), summary=True)


def _cell(found: PenaltyMatrix, i: int, j: int, several: bool) -> str:
    return f"{found.wins[i, j]:.2f}" + (f" of {found.compared[i, j]}" if several else "")


def _share(share: float) -> str:
    return NOTHING if math.isnan(share) else f"{share:.2f}"


def penalty_csv(analysis: Analysis) -> str:
    """A line per metric and ordered pair: how often ``condition`` beats ``other``, over how many data sets."""
    lines = []
    for metric in analysis.metrics:
        found = analysis.penalty(metric)
        if found is None:
            continue
        for i, label in enumerate(found.labels):
            for j, other in enumerate(found.labels):
                if i != j and found.compared[i, j]:
                    lines.append((metric, label, other, found.wins[i, j], int(found.compared[i, j])))
    return pd.DataFrame(lines, columns=["metric", "condition", "other", "beats", "n_data_sets"]).to_csv(index=False)
