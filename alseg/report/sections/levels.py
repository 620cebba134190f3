"""Labels needed to reach what random selection reaches, as a table and as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pandas as pd

from alseg.report.columns import decimals, title
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.levels import Level, Needed
from alseg.report.statistics.panels import Panel, Report

NOTE = (
    "Labels at which a run first reaches the level, on straight lines between the budgets that were measured: the median over "
    "seeds, in which a run that never reaches it counts as needing more than any other, and the range of those that do. "
    "≤ marks what is reached at the first budget of a run, since fewer labels were not tried; “not reached” a median seed that "
    "never gets there. Levels are means, so about half of the control's own seeds need more than its budget. Runs that a rule "
    "stopped count here as all others do."
)
SECONDS = "As above, in the oracle's seconds of annotation; conditions whose runs recorded none have no entry."


class Levels(Section):
    """Labels and seconds that each condition needs to reach a level."""

    place = 40
    about: ClassVar = {"labels_needed": "labels needed to reach a level, per seed"}

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        found = report.analysis.levels(panel, metric)
        if not found:
            return []
        head = f"needed to reach a {title(metric)} of …"
        blocks = [Block(f"Labels {head}", levels_grid(found, metric), note=NOTE, short="labels needed")]
        if any(level.seconds for level in found):
            blocks.append(Block(f"Annotation (s) {head}", seconds_grid(found, metric), note=SECONDS, in_latex=False))
        return blocks

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"labels_needed.csv": levels_csv(report.analysis).encode()}


SECTION = Levels()


def levels_grid(levels: Sequence[Level], metric: str) -> Grid:
    """Labels needed: a row per condition and a column per level."""
    return _grid(levels, [level.needed for level in levels], metric)


def seconds_grid(levels: Sequence[Level], metric: str) -> Grid:
    """Seconds of annotation to reach each level."""
    return _grid(levels, [level.seconds for level in levels], metric)


def _grid(levels: Sequence[Level], columns: Sequence[Mapping[str, Needed]], metric: str) -> Grid:
    heads = [f"{level.value:.{decimals(metric)}f} ({level.control} with {level.budget})" for level in levels]
    nothing = Needed({})
    rows = [(Cell(label), *(Cell(text(one.get(label, nothing))) for one in columns)) for label in levels[0].needed]
    return Grid(("Condition", *heads), tuple(rows))


def text(found: Needed) -> str:
    """``24 (18–31), 5 of 5 seeds``, ``≤ 10 (≤ 10–12), 5 of 5 seeds``, or ``not reached, 1 of 5 seeds``."""
    if not found.by_seed:
        return NOTHING
    those = f"{found.reached} of {len(found.by_seed)} seed{'s' if len(found.by_seed) > 1 else ''}"
    if not math.isfinite(found.median):
        return f"not reached, {those}"
    there = {seed: n for seed, n in found.by_seed.items() if math.isfinite(n)}
    least, most = min(there.values()), max(there.values())
    bound = "≤ " if any(there[seed] == least for seed in found.at_first) else ""
    spread = f" ({bound}{least:.0f}–{most:.0f})" if least < most else ""
    return f"{'≤ ' if found.at_most else ''}{found.median:.0f}{spread}, {those}"


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
                        seconds = (
                            level.seconds[label].by_seed.get(seed, math.inf) if label in level.seconds else math.inf
                        )
                        spent = seconds if math.isfinite(seconds) else None
                        first = seed in found.at_first
                        lines.append((*start, label, seed, reached, n if reached else None, first, spent))
    header = [
        "data",
        "metric",
        "level",
        "level_of",
        "level_at",
        "condition",
        "seed",
        "reached",
        "labels",
        "at_first",
        "seconds",
    ]
    return pd.DataFrame(lines, columns=header).to_csv(index=False)
