"""Overlap of what strategies had annotated, as a table and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from alseg.report.grid import NOTHING, Cell, Grid, matrix
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.overlap import Overlap
from alseg.report.statistics.panels import Panel, Report


class Overlaps(Section):
    """Overlap of labelled sets, at the last shared budget."""

    place = 50
    about: ClassVar = {"overlap": "Jaccard index of labelled sets, at every shared budget"}

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        found = report.analysis.overlaps(panel)
        if not found:
            return []
        grid, note = overlap_grid(panel, found[-1]), overlap_note(found[-1])
        return [Block("Overlap of what was annotated", grid, note=note, in_latex=False)]

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"overlap.csv": overlap_csv(report.analysis).encode()}


SECTION = Overlaps()


def overlap_grid(panel: Panel, found: Overlap) -> Grid:
    """K conditions by K, mean Jaccard index."""
    cells = [
        [Cell(NOTHING if i == j or math.isnan(value) else f"{value:.2f}") for j, value in enumerate(line)]
        for i, line in enumerate(found.matrix.tolist())
    ]
    return matrix([row.label for row in panel.rows], cells, "Condition")


def overlap_note(found: Overlap) -> str:
    """Description of the sets and seeds, and of the overlap that chance gives."""
    text = (
        f"Jaccard index of the sets of images annotated with {found.budget} labels: what two conditions have in common, as a "
        "share of what either has; mean over their common seeds."
    )
    if found.chance is not None:
        text += f" Two random draws after the shared cold start would have about {found.chance:.2f}."
    off = found.seeds[~np.eye(len(found.seeds), dtype=bool)]
    if off.size and off.min() < found.seeds.diagonal().max():
        many = str(off.min()) if off.min() == off.max() else f"{off.min()} to {off.max()}"
        text += f" Pairs have {many} common seeds."
    return text


def overlap_csv(analysis: Analysis) -> str:
    """A line per data set, budget and pair of conditions."""
    lines = []
    for panel in analysis.panels:
        labels = [row.label for row in panel.rows]
        for found in analysis.overlaps(panel):
            for i in range(len(labels)):
                for j in range(i):
                    if found.seeds[i, j]:
                        pair = (labels[j], labels[i], int(found.seeds[i, j]), found.matrix[i, j], found.chance)
                        lines.append((panel.data, found.budget, *pair))
    header = ["data", "n_labelled", "condition", "other", "n_seeds", "jaccard", "by_chance"]
    return pd.DataFrame(lines, columns=header).to_csv(index=False)
