"""What the manifest says of the images on the page of a run, and of which kinds the picks of every round were."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alseg.report.grid import NOTHING, Cell, Grid
from alseg.report.pages.html_table import html_table
from alseg.report.pages.run_list import Listed
from alseg.report.read.metadata import Metadata, columns_of
from alseg.report.statistics.picked import metadata_of, picked_by, unasked
from alseg.report.statistics.strata import numbers_of
from alseg.terminal import shortened

COLUMNS = 6
"""Most columns that are shown of an image."""
LONGEST = 60
"""Characters of a value."""
ROUNDS = 12
"""Most rounds beside one another; of more the last."""


class Described:
    """Lines about single images of a run, such as ``site Lyon``; none where the run left no metadata.

    Columns in which every image has a text of its own, such as names of files, are left out.
    """

    def __init__(self, one: Listed) -> None:
        reader = Metadata() if one.panel is None else metadata_of(one.panel)
        table = reader.of(one.run)
        self._table = (
            pd.DataFrame() if table is None else table[[c for c in columns_of(table) if _tells(table[c])][:COLUMNS]]
        )

    def lines(self, id_: str) -> list[str]:
        """The columns that say something of an image."""
        if id_ not in self._table.index:
            return []
        cells = self._table.loc[id_].astype(str)
        return [f"{shortened(str(name), LONGEST)} {shortened(cell, LONGEST)}" for name, cell in cells.items() if cell]


def picks_tables(one: Listed) -> str:
    """For each telling column a table of strata by rounds: the share of each round's picks, beside that of the pool."""
    if one.panel is None or one.row is None:
        return ""
    parts = []
    for column in unasked(one.panel):
        found = picked_by(one.panel, column)
        mine = found.found.get(one.row.label, {}).get(one.run.seed)
        if mine is None:
            continue
        shown = list(zip(mine.rounds, mine.of_round))[-ROUNDS:]
        shares = np.stack([mine.in_pool, *(each for _, each in shown), mine.shares[-1]], axis=1)
        rows = (
            (Cell(name), *(Cell(NOTHING if np.isnan(share) else f"{share:.0%}") for share in line))
            for name, line in zip(found.strata.names, shares.tolist())
        )
        title = shortened(column, LONGEST)
        header = (title, "Pool", *(f"Round {round_}" for round_, _ in shown), "All picks")
        parts.append(html_table(Grid(header, tuple(rows)), f"Picks by {title}"))
    note = '<p class="note">Share of the picks that were annotated in each round, beside that of the pool before the first.</p>'
    return "".join(parts) + (note if parts else "")


def _tells(cells: pd.Series[str]) -> bool:
    values = [str(value) for value in cells.cat.categories]
    return len(values) < len(cells) or numbers_of(values) is not None
