"""Strata of the images that were picked, beside those of the pool that they were picked from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.errors import ConfigError
from alseg.identity.metadata import FILE, GROUP, SPLIT
from alseg.report.read.metadata import Metadata, columns_of
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Panel
from alseg.report.statistics.strata import LONGEST, Strata, is_telling, strata
from alseg.terminal import shortened

UNASKED = 4
"""So many columns are shown that nobody asked for; `--by` shows any."""


@dataclass(frozen=True)
class Picked:
    """Numbers of picks of one run from each of S strata, in R rounds.

    Args:
        budgets: R numbers of annotated images, or volumes, as metrics.csv counts them.
        rounds: R numbers.
        picks: ``(R, S)`` images annotated in each round.
        pool: ``(S,)`` images of the pool at the start.
    """

    budgets: tuple[int, ...]
    rounds: tuple[int, ...]
    picks: NDArray[np.int64]
    pool: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """``(R, S)`` share of all that was annotated so far."""
        return _shares(self.picks.cumsum(axis=0))

    @property
    def of_round(self) -> NDArray[np.float64]:
        """``(R, S)`` share of what was annotated in the round; NaN where that is nothing."""
        return _shares(self.picks)

    @property
    def in_pool(self) -> NDArray[np.float64]:
        """``(S,)`` share of the pool."""
        return _shares(self.pool)


@dataclass(frozen=True)
class PickedBy:
    """One column on one data set.

    Args:
        strata: of the column.
        found: condition to seed to what was picked; runs without metadata are not there.
    """

    strata: Strata
    found: Mapping[str, Mapping[int, Picked]]

    @property
    def in_pool(self) -> NDArray[np.float64]:
        """``(S,)`` share of the pool, mean over runs: pools of other seeds hold other images."""
        pools = [one.in_pool for by_seed in self.found.values() for one in by_seed.values()]
        return np.mean(pools, axis=0) if pools else np.full(len(self.strata.names), np.nan)

    def shares(self, label: str, budget: int) -> NDArray[np.float64] | None:
        """``(S,)`` share of what the condition had annotated at a budget, mean over the seeds that have it."""
        here = [one.shares[one.budgets.index(budget)] for one in self._of(label) if budget in one.budgets]
        return np.mean(here, axis=0) if here else None

    def budgets(self, label: str) -> list[int]:
        """Budgets of a condition."""
        return sorted({budget for one in self._of(label) for budget in one.budgets})

    def _of(self, label: str) -> list[Picked]:
        return list(self.found.get(label, {}).values())


def metadata_of(panel: Panel) -> Metadata:
    """The reader of the metadata of a panel's runs, each file read once."""
    return panel.once("metadata", Metadata)


def columns_in(panel: Panel) -> list[str]:
    """All columns that runs of a panel recorded, and ``group``."""
    names = dict.fromkeys(name for table in _tables(panel) for name in columns_of(table))
    return [*names, GROUP] if _tables(panel) else []


def checked_columns(panels: Sequence[Panel], by: Sequence[str]) -> tuple[str, ...]:
    """The columns ``by``, each once.

    Raises:
        ConfigError: if no run recorded one of them.
    """
    there = list(dict.fromkeys(name for panel in panels for name in columns_in(panel))) if by else []
    for name in by:
        if not there:
            raise ConfigError(f"--by {name}: none of these runs left {FILE}; runs of earlier versions leave none")
        if name not in there:
            raise ConfigError(f"--by {name}: no run recorded this column; there are {', '.join(map(_named, there))}")
    return tuple(dict.fromkeys(by))


def unasked(panel: Panel) -> list[str]:
    """Columns worth showing that nobody asked for, in the manifest's order."""
    images = max(map(len, _tables(panel)), default=0)
    telling = (name for name in columns_in(panel) if name != GROUP and is_telling(strata_of(panel, name), images))
    return [name for name, _ in zip(telling, range(UNASKED))]


def strata_of(panel: Panel, column: str) -> Strata:
    """Strata of a column, the same for all runs of a panel."""
    return panel.once(
        f"strata/{column}", lambda: strata(column, [table[column] for table in _tables(panel) if column in table])
    )


def codes_of(panel: Panel, table: pd.DataFrame, column: str) -> NDArray[np.intp]:
    """``(N,)`` strata of the images of a table; computed once for all runs that share it."""
    return panel.once(f"codes/{column}/{id(table)}", lambda: strata_of(panel, column).codes(table[column]))


def picked_by(panel: Panel, column: str) -> PickedBy:
    """Picks of the runs of a panel, by a column; computed once."""

    def count() -> PickedBy:
        found: dict[str, dict[int, Picked]] = {}
        n = len(strata_of(panel, column).names)
        for row in panel.rows:
            for seed, run in row.runs.items():
                table = metadata_of(panel).of(run)
                if table is not None and column in table:
                    found.setdefault(row.label, {})[seed] = picked(run, table, codes_of(panel, table, column), n)
        return PickedBy(strata_of(panel, column), found)

    return panel.once(f"picked/{column}", count)


def picked(run: Run, table: pd.DataFrame, codes: NDArray[np.intp], n: int) -> Picked:
    """Count the n strata of what a run had annotated in each of its evaluated rounds; ``codes`` are those of the table's rows."""
    rounds = [int(round_) for round_ in run.metrics["round"].tolist()]
    budgets = tuple(int(budget) for budget in run.metrics["n_labelled"].tolist())
    annotated = run.decisions.annotated
    picks = [
        _count(codes, table.index.get_indexer(pd.Index(annotated.get(round_, ()), dtype=object)), n)
        for round_ in rounds
    ]
    pool = np.flatnonzero((table[SPLIT] == "pool").to_numpy())
    shape = (len(rounds), n)
    return Picked(budgets, tuple(rounds), np.array(picks).reshape(shape), _count(codes, pool, n))


def _named(column: str) -> str:
    return shortened(column, LONGEST)


def _count(codes: NDArray[np.intp], rows: NDArray[np.intp], n: int) -> NDArray[np.int64]:
    here = codes[rows[rows >= 0]]
    return np.bincount(here[here >= 0], minlength=n)


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    total = counts.sum(axis=-1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    return shares


def _tables(panel: Panel) -> Sequence[pd.DataFrame]:
    """The distinct tables of a panel."""

    def collect() -> list[pd.DataFrame]:
        tables = (metadata_of(panel).of(run) for row in panel.rows for run in row.runs.values())
        return list({id(table): table for table in tables if table is not None}.values())

    return panel.once("metadata/tables", collect)
