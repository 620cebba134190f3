"""Labels needed to reach what random selection reaches, as a table and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import decimals, title
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis, Level
from alseg.report.statistics.levels import Needed
from alseg.report.statistics.panels import Panel, Report

NOTE = (
    "Labels at which a run first reaches the level, on straight lines between the budgets that were measured: the median over "
    "seeds, in which a run that never reaches it counts as needing more than any other, and the range of those that do. "
    "≤ marks a median at the first budget, since fewer labels were not tried; “not reached” a median seed that "
    "never gets there. Levels are means, so about half of the control's own seeds need more than its budget."
)


class Levels(Section):
    """How many labels each condition needs."""

    place = 40
    about: ClassVar = {"labels_needed": "labels needed to reach a level, per seed"}

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        found = report.analysis.levels(panel, metric)
        if not found:
            return []
        grid = levels_grid(found, panel.budgets[0], metric)
        return [Block(f"Labels needed to reach a {title(metric)} of …", grid, note=NOTE, short="labels needed")]

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"labels_needed.csv": levels_csv(report.analysis).encode()}


SECTION = Levels()


def levels_grid(levels: Sequence[Level], first: int, metric: str) -> Grid:
    """A row per condition and a column per level.

    Args:
        levels: to reach.
        first: the smallest budget that was measured.
        metric: whose level it is.
    """
    heads = [f"{level.value:.{decimals(metric)}f} ({level.control} with {level.budget})" for level in levels]
    rows = []
    for label in levels[0].needed:
        cells = [Cell(text(level.needed[label], first)) for level in levels]
        rows.append((Cell(label), *cells))
    return Grid(("Condition", *heads), tuple(rows))


def text(found: Needed, first: int) -> str:
    """``24 (18–31), 5 of 5 seeds``, or ``not reached, 1 of 5 seeds``."""
    if not found.by_seed:
        return NOTHING
    those = f"{found.reached} of {len(found.by_seed)} seed{'s' if len(found.by_seed) > 1 else ''}"
    if not math.isfinite(found.median):
        return f"not reached, {those}"
    there = [n for n in found.by_seed.values() if math.isfinite(n)]
    spread = f" ({min(there):.0f}–{max(there):.0f})" if min(there) < max(there) else ""
    return f"{'≤ ' if found.median <= first else ''}{found.median:.0f}{spread}, {those}"


def levels_csv(analysis: Analysis) -> str:
    """A line per data set, metric, level, condition and seed; ``labels`` is empty where the level was not reached."""
    lines = []
    for panel in analysis.panels:
        for metric in panel.metrics:
            for level in analysis.levels(panel, metric):
                start = (panel.data, metric, level.value, level.control, level.budget)
                for label, found in level.needed.items():
                    for seed, n in found.by_seed.items():
                        reached = math.isfinite(n)
                        lines.append((*start, label, seed, reached, n if reached else None))
    header = ["data", "metric", "level", "level_of", "level_at", "condition", "seed", "reached", "labels"]
    return pd.DataFrame(lines, columns=header).to_csv(index=False)
