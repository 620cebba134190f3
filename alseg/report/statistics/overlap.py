"""Do two strategies ask for the same images? Jaccard index of their labelled sets, at equal budgets and seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alseg.report.statistics.panel import Panel
from alseg.report.statistics.rows import Row

Labelled = Mapping[int, Collection[str]]
"""Ids by seed: what a condition has annotated at some budget."""


def jaccard(sets: Sequence[Collection[str]]) -> NDArray[np.float64]:
    """``(K, K)`` size of the intersection over that of the union, of K sets of ids; 1 for two empty sets."""
    column: dict[str, int] = {}
    rows = [[column.setdefault(id_, len(column)) for id_ in set(ids)] for ids in sets]
    member = np.zeros((len(sets), len(column)), dtype=np.float32)
    for i, row in enumerate(rows):
        member[i, row] = 1.0
    shared = (member @ member.T).astype(float)
    sizes = np.diag(shared)
    union = sizes[:, None] + sizes[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.ones_like(shared), where=union > 0))


@dataclass(frozen=True)
class Overlap:
    """Overlap of the labelled sets of conditions.

    Args:
        budget: annotated images.
        matrix: ``(K, K)`` mean Jaccard index, in the order of the panel's rows.
        seeds: ``(K, K)`` over how many common seeds.
        chance: of two random draws that share the cold start, mean over runs; None where the ledgers do not tell or
            the conditions do not share it.
    """

    budget: int
    matrix: NDArray[np.float64]
    seeds: NDArray[np.int64]
    chance: float | None


def overlap(conditions: Sequence[Labelled]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """``(K, K)`` mean over common seeds of the Jaccard index, NaN where two conditions share no seed, and their number.

    Equal seeds split alike and share their cold start, so part of the overlap is given; see ``by_chance``.
    """
    total = np.zeros((len(conditions), len(conditions)))
    seeds = np.zeros((len(conditions), len(conditions)), dtype=np.int64)
    for seed in sorted({seed for labelled in conditions for seed in labelled}):
        here = [i for i, labelled in enumerate(conditions) if seed in labelled]
        total[np.ix_(here, here)] += jaccard([conditions[i][seed] for i in here])
        seeds[np.ix_(here, here)] += 1
    return np.divide(total, seeds, out=np.full_like(total, np.nan), where=seeds > 0), seeds


def by_chance(pool: int, shared: int, labelled: int) -> float:
    """About the Jaccard index of two sets of ``labelled`` images that share a start and are else drawn at random.

    The expected size of the intersection, over the size of the union that goes with it.

    Args:
        pool: images in the pool.
        shared: of the labelled ones, how many both had from the start.
        labelled: images in each of the two sets.
    """
    drawn, left = labelled - shared, pool - shared
    both = shared + (drawn * drawn / left if left else 0.0)
    return both / (2 * labelled - both)


def overlaps(panel: Panel) -> list[Overlap]:
    """At every shared budget; none where the ledgers do not tell ids, or there is one condition."""
    if len(panel.rows) < 2:
        return []
    found = []
    for budget in panel.shared:
        sets: list[dict[int, frozenset[str]]] = []
        chances: list[float] = []
        for row in panel.rows:
            sets.append({})
            for seed, run in row.runs.items():
                ids = row.labelled(seed, budget)
                if ids:
                    sets[-1][seed] = ids
                    if run.decisions.pool:
                        chances.append(by_chance(run.decisions.pool, len(run.decisions.annotated[0]), len(ids)))
        if any(sets):
            matrix, seeds = overlap(sets)
            chance = float(np.mean(chances)) if chances and _same_start(panel.rows) else None
            found.append(Overlap(budget, matrix, seeds, chance))
    return found


def _same_start(rows: Sequence[Row]) -> bool:
    starts: dict[int, set[frozenset[str]]] = {}
    for row in rows:
        for seed, run in row.runs.items():
            starts.setdefault(seed, set()).add(run.decisions.labelled(0))
    return all(len(found) == 1 for found in starts.values())
