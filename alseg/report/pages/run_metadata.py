"""Metadata of the images on the page of a run, and shares of its values among the picks of every round."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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

Column = tuple[str, NDArray[np.integer], list[str]]
"""Name, code of each image, and the value of each code."""


class Described:
    """Lines about single images of a run, such as ``site Lyon``; none where the run left no metadata.

    Columns in which every image has a text of its own, such as names of files, are left out.
    """

    def __init__(self, one: Listed) -> None:
        reader = Metadata() if one.panel is None else metadata_of(one.panel)
        table = reader.of(one.run)
        self._index = pd.Index([]) if table is None else table.index
        self._columns: list[Column] = []
        if table is not None:
            key = f"told/{id(table)}"
            self._columns = _told(table) if one.panel is None else one.panel.once(key, lambda: _told(table))

    def lines(self, id_: str) -> list[str]:
        """The columns that say something of an image."""
        if id_ not in self._index:
            return []
        row = self._index.get_loc(id_)
        cells = ((name, values[codes[row]]) for name, codes, values in self._columns)
        return [f"{name} {shortened(cell, LONGEST)}" for name, cell in cells if cell]


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


def _told(table: pd.DataFrame) -> list[Column]:
    found = []
    for name in columns_of(table):
        cells = table[name].cat
        values = cells.categories.tolist()
        if len(values) < len(table) or numbers_of(values) is not None:
            found.append((shortened(name, LONGEST), cells.codes.to_numpy(), values))
    return found[:COLUMNS]
