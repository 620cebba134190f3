"""Coverage of classes and groups by what was annotated, as a table and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.read.damaged import Unread
from alseg.report.sections.picked import picked_lines
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.analysis import Analysis
from alseg.report.statistics.coverage import Coverage
from alseg.report.statistics.panels import Panel, Report
from alseg.report.statistics.picked import columns_in, unasked

Found = Mapping[str, Mapping[int, Coverage]]
MOST = 12
"""So many classes have a column; coverage.csv holds all of them."""


class Covered(Section):
    """Classes, foreground and groups of the annotated images, at the last shared budget."""

    place = 60
    about: ClassVar = {"coverage": "classes, foreground, groups and metadata of what was annotated, per seed"}

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        found = report.analysis.coverage(panel)
        grid = coverage_grid(panel, found)
        if grid is None:
            return []
        return [Block("Coverage of what was annotated", grid, note=coverage_note(panel, found), in_latex=False)]

    def files(self, report: Report) -> Mapping[str, bytes]:
        return {"coverage.csv": coverage_csv(report.analysis, report.by).encode()}

    def unread(self, report: Report) -> Sequence[Unread]:
        return report.analysis.unread()


SECTION = Covered()


def coverage_grid(panel: Panel, found: Found) -> Grid | None:
    """A row per condition, means over seeds; None where no file tells of classes or groups."""
    everything = [one for by_seed in found.values() for one in by_seed.values()]
    classes = _classes(found)
    pictures = any(one.foreground is not None for one in everything)
    columns: dict[str, Callable[[Coverage], float | None]] = {}
    for c in classes[:MOST]:
        if pictures and c == 0:
            continue  # background is in every image
        columns[f"{'Show' if pictures else 'Are of'} class {c}"] = lambda one, c=c: (  # type: ignore[misc]
            None if one.classes is None else one.classes.get(c, 0.0)
        )
    if pictures:
        columns["Foreground"] = lambda one: one.foreground
    if any(one.groups_in_pool for one in everything):
        columns["Groups reached"] = lambda one: (
            None if not one.groups_in_pool else (one.groups or 0) / one.groups_in_pool
        )
    if not columns:
        return None
    rows = []
    for row in panel.rows:
        here = list(found.get(row.label, {}).values())
        rows.append((Cell(row.label), Cell(str(len(here))), *(Cell(_mean(here, of)) for of in columns.values())))
    return Grid(("Condition", "Seeds", *columns), tuple(rows))


def coverage_note(panel: Panel, found: Found) -> str:
    """Of what the shares are, and what cannot be known from the run folders."""
    everything = [one for by_seed in found.values() for one in by_seed.values()]
    text = (
        f"Of the images annotated at the last shared budget ({panel.shared[-1]} {panel.units}), mean over seeds; classes as they "
        "were annotated."
    )
    if any(one.foreground is not None for one in everything):
        text += " Foreground is the share of the annotated pixels that show any class but the background."
    if any(one.classes is None for one in everything):
        text += " Some runs have no readable annotations.npz for every round: their classes are not known."
    if any(one.groups_in_pool for one in everything):
        text += " Groups (patients, recordings, slides) are a share of those in the pool."
    else:
        text += " Which groups (patients, recordings, slides) the images come from is not known: no ledger says it."
    return text


def coverage_csv(analysis: Analysis, by: Sequence[str] = ()) -> str:
    """A line per data set, condition, seed and thing that is covered; of columns of metadata, per budget and value too."""
    lines: list[tuple[object, ...]] = []
    for panel in analysis.panels:
        found = analysis.coverage(panel)
        classes = _classes(found)
        for label, by_seed in found.items():
            for seed, one in by_seed.items():
                values: dict[str, float | None] = {}
                if one.classes is not None:  # a class that a seed did not reach is a 0, not a missing value
                    values = {f"class {c}": one.classes.get(c, 0.0) for c in classes}
                values |= {"foreground": one.foreground, "groups": one.groups, "groups in the pool": one.groups_in_pool}
                start = (panel.data, label, seed, panel.shared[-1])
                lines += [(*start, what, value) for what, value in values.items() if value is not None]
        lines += picked_lines(
            panel, dict.fromkeys([*(name for name in by if name in columns_in(panel)), *unasked(panel)])
        )
    columns = ["data", "condition", "seed", "n_labelled", "what", "value", "column", "stratum", "in_pool", "picked"]
    filled = [(*line, *[None] * (len(columns) - len(line))) for line in lines]
    return pd.DataFrame(filled, columns=columns).to_csv(index=False)


def _classes(found: Found) -> list[int]:
    """All classes that any of them shows."""
    return sorted({c for by_seed in found.values() for one in by_seed.values() for c in one.classes or {}})


def _mean(found: list[Coverage], of: Callable[[Coverage], float | None]) -> str:
    values = [value for one in found if (value := of(one)) is not None]
    return f"{np.mean(values):.1%}" if values else NOTHING
