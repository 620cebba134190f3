"""Runs of the fast lane, ten seeds of a data set after another, so that whatever is finished is balanced."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import pandas as pd

from alseg.simulation.blocks import simulated
from alseg.simulation.setting import Setting
from experiments.lane import cold_starts, queries

BLOCK = 10
"""Seeds that are simulated together, and that share a map."""
SEEDS = {"queries": 20, "resampling": 20, "cold_starts": 50}
"""Numbers of seeds of each part, registered but for ``resampling``, which explains what came out."""
FIRST, PILOT = 200, 1000
"""First seed of the counted runs, which nothing before had used, and of pilots."""
KEPT = {
    "queries": ("data", "learner", "strategy", "seed", "n_labelled", queries.METRIC, "test/accuracy"),
    "resampling": ("data", "learner", "strategy", "seed", "n_labelled", queries.METRIC),
    "cold_starts": ("data", "strategy", "seed", "n_labelled", cold_starts.METRIC, "test/hd_px", "test/hd95_px"),
}
"""Columns of the tables of results."""
ALL = "all labels"
"""Query of the rows that were trained with all labels of the pool."""


@dataclass(frozen=True)
class Job:
    """A simulation of some seeds.

    Args:
        data: the data set.
        setting: name of the setting.
        name: of the query or the cold start.
        query: name of the strategy.
        make: the setting, whose data are loaded by that.
        learner: for the table; empty where there is one alone.
    """

    data: str
    setting: str
    name: str
    query: str
    make: Callable[[], Setting]
    learner: str = ""


def run(
    part: str,
    data: Path,
    folder: Path,
    first: int,
    seeds: int,
    minutes: float = float("inf"),
    sets: Collection[str] = (),
) -> pd.DataFrame:
    """Rows of a part; what lies in the folder is not run again.

    Args:
        part: ``queries``, ``resampling`` or ``cold_starts``.
        data: folder of the data sets.
        folder: keeps the blocks.
        first: seed that is begun with.
        seeds: how many, in blocks of `BLOCK`.
        minutes: CPU-minutes of the process after which nothing is simulated, and only read what is there.
        sets: names of data sets; none: all.
    """
    tables: list[pd.DataFrame] = []
    for start in range(first, first + seeds, BLOCK):
        some = range(start, min(start + BLOCK, first + seeds))
        place = folder / part / f"{some[0]}-{some[-1]}"
        for name, jobs in groupby(JOBS[part](data, some), key=lambda job: job.data):
            if sets and name not in sets:
                continue
            group = [rows_of(job, some, place, time.process_time() < 60 * minutes) for job in jobs]
            tables += [rows for rows in group if rows is not None]
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=KEPT[part])
    return rows[[name for name in KEPT[part] if name in rows]]


def rows_of(job: Job, seeds: range, place: Path, simulating: bool) -> pd.DataFrame | None:
    """Rows of a simulation; None if they are not there and nothing is to be simulated."""
    file = place / job.setting / job.name / f"{seeds[0]}-{seeds[-1]}.csv"
    if simulating:
        began = time.process_time()
        rows = simulated(job.make(), {job.name: queries.strategy(job.query)}, seeds, place, len(seeds))
        print(f"{place.name} {job.setting} {job.name}: {time.process_time() - began:.1f} CPU s", flush=True)
    elif file.exists():
        rows = pd.read_csv(file)
    else:
        return None
    about = {"data": job.data} | ({"learner": job.learner} if job.learner else {})
    return rows.drop(columns=["setting"]).assign(**about)


def query_jobs(data: Path, seeds: range) -> Iterator[Job]:
    """Every learner and query on every data set, and one head with all labels of the pool."""
    for name in queries.SETS:
        for learner, query in queries.asked(name):

            def setting(name: str = name, learner: str = learner) -> Setting:
                return queries.setting_of(data, name, learner)

            yield Job(name, f"{name}/{learner}", query, query, setting, learner)

        def whole(name: str = name) -> Setting:
            return queries.everything(queries.setting_of(data, name, "one head"), seeds)

        yield Job(name, f"{name}/one head/all", ALL, "random", whole, "one head")


def resampling_jobs(data: Path, _: range) -> Iterator[Job]:
    """Two heads that lose no image, with random images; what they are compared with is among the queries."""
    learner = queries.RESAMPLED
    for name in queries.SETS:
        setting = partial(queries.setting_of, data, name, learner)
        yield Job(name, f"{name}/{learner}", "random", "random", setting, learner)


def start_jobs(data: Path, seeds: range) -> Iterator[Job]:
    """Every cold start with every budget on every data set."""
    for name in cold_starts.SETS:
        for start in cold_starts.starts(name):
            for budget in cold_starts.BUDGETS:

                def setting(name: str = name, start: str = start, budget: int = budget) -> Setting:
                    return cold_starts.setting_of(data, name, start, budget, map_seed=seeds[0])

                yield Job(name, f"{name}/{budget}", start, "random", setting)


JOBS: dict[str, Callable[[Path, range], Iterator[Job]]] = {
    "queries": query_jobs,
    "resampling": resampling_jobs,
    "cold_starts": start_jobs,
}
