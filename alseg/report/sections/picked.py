"""Kinds of images among the picks, by columns of the manifest, beside their share in the pool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from alseg.report.figures.facets import MOST, Facet, facets
from alseg.report.figures.style import looks
from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.sections.section import Block, Section
from alseg.report.statistics.panels import Panel, Report
from alseg.report.statistics.picked import PickedBy, columns_in, metadata_of, picked_by, unasked

POOL = "the pool"


class PickedShares(Section):
    """Share of each value of a column among what was annotated: columns that were asked for, and some that tell."""

    place = 61

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        asked = [name for name in report.by if name in columns_in(panel)]
        blocks = [block for name in asked for block in _asked(report, panel, picked_by(panel, name))]
        others = [name for name in unasked(panel) if name not in asked]
        return [*blocks, *(shares_block(panel, picked_by(panel, name)) for name in others)]

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        return [shares_block(panel, picked_by(panel, name)) for name in report.by if name in columns_in(panel)]


SECTION = PickedShares()


def shares_block(panel: Panel, found: PickedBy) -> Block:
    """The shares at the last budget, a row per condition below that of the pool."""
    return Block(_title(found), shares_grid(panel, found), note=shares_note(panel, found), in_latex=False)


def shares_grid(panel: Panel, found: PickedBy) -> Grid:
    """The pool first; then each condition at the last shared budget or, without one, at its own last."""
    rows = [(Cell(POOL), Cell(NOTHING), Cell(NOTHING), *_percents(found.in_pool))]
    for row in panel.rows:
        budgets = found.budgets(row.label)
        if budgets:
            budget = panel.last_of(budgets)
            seeds = str(len(found.found[row.label]))
            rows.append((Cell(row.label), Cell(seeds), Cell(str(budget)), *_percents(found.shares(row.label, budget))))
    return Grid(("Condition", "Seeds", "Annotated", *found.strata.names), tuple(rows))


def rounds_grid(panel: Panel, found: PickedBy) -> Grid:
    """A row per condition and stratum: its share in the pool, and of what was annotated up to each budget."""
    rows = []
    for row in panel.rows:
        shares = {budget: found.shares(row.label, budget) for budget in panel.budgets}
        for i, name in enumerate(found.strata.names if row.label in found.found else ()):
            here = (each[i] if (each := shares[budget]) is not None else np.nan for budget in panel.budgets)
            rows.append((Cell(row.label), Cell(name), *_percents(np.array([found.in_pool[i], *here]))))
    return Grid(("Condition", found.strata.title, "Pool", *(str(budget) for budget in panel.budgets)), tuple(rows))


def shares_note(panel: Panel, found: PickedBy) -> str:
    """Of what the shares are, how numbers were told apart, and which runs could not be counted."""
    text = (
        "Share of the annotated images, mean over seeds; the first row is the share in the pool before the first query."
    )
    text += found.strata.remark
    without = panel.n_runs - sum(len(by_seed) for by_seed in found.found.values())
    if without:
        text += f" {without} of {panel.n_runs} runs recorded no such column (an earlier version of alseg began them, or the "
        text += "manifest had none): they are not counted."
    return " ".join([text, *(f"{problem}." for problem in metadata_of(panel).problems)])


def picked_lines(panel: Panel, columns: Iterable[str]) -> list[tuple[object, ...]]:
    """Lines of coverage.csv: data set, condition, seed, budget, ``share of``, share so far, column, value, pool, this round."""
    lines: list[tuple[object, ...]] = []
    for column in columns:
        found = picked_by(panel, column)
        for label, by_seed in found.found.items():
            for seed, one in by_seed.items():
                start = (panel.data, label, seed)
                for i, budget in enumerate(one.budgets):
                    values = zip(found.strata.names, one.shares[i], one.in_pool, one.of_round[i])
                    lines += [
                        (*start, budget, "metadata", share, column, name, pool, picked)
                        for name, share, pool, picked in values
                    ]
    return lines


def _asked(report: Report, panel: Panel, found: PickedBy) -> list[Block]:
    """Of a column that was asked for, the table lies open, with a picture and the shares of every round."""
    names = found.strata.names
    styles = looks(report.rows)

    def curve(label: str, place: int) -> dict[int, float]:
        shares = {budget: found.shares(label, budget) for budget in found.budgets(label)}
        return {budget: float(each[place]) for budget, each in shares.items() if each is not None}

    def draw() -> list[Facet]:
        return [
            Facet(name, {row.label: curve(row.label, i) for row in panel.rows if row.label in found.found}, {}, level)
            for i, (name, level) in enumerate(zip(names[:MOST], found.in_pool.tolist()))
        ]

    drawn = partial(facets, draw(), styles, f"annotated {panel.units}", "share of the annotated images", "in the pool")
    some = f" The picture shows the first {MOST} of {len(names)} values." if len(names) > MOST else ""
    return [
        Block(
            _title(found),
            shares_grid(panel, found),
            note=shares_note(panel, found),
            aside=some,
            figure=drawn,
            alt=f"{_title(found)}: share of the annotated images by their number",
            folded=False,
            in_latex=False,
        ),
        Block(f"{_title(found)}, round by round", rounds_grid(panel, found), in_latex=False),
    ]


def _title(found: PickedBy) -> str:
    return f"Picks by {found.strata.title}"


def _percents(shares: NDArray[np.float64] | None) -> list[Cell]:
    return [] if shares is None else [Cell(NOTHING if np.isnan(share) else f"{share:.1%}") for share in shares.tolist()]
