"""How many groups do the first images come from? python -m experiments.coldstart.groups data.root=PATH [KEY=VALUE ...]

A group is the recording or the patient. Nothing is trained and nobody tells the methods of the groups: for each seed the
pool is split off as in the sweep, and each cold start picks from it. The counts go into groups.csv, in place of what it
held of the same data set; `alseg reproduce coldstart` makes the tables of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd

from alseg import randomness
from alseg.composition.compose import compose
from alseg.composition.instantiate import factory, instantiate
from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import split_by_group
from alseg.loop.feature_space import FrozenSpace
from alseg.selection.candidates import Candidates
from experiments import tables
from experiments.coldstart.analyse import COLD_STARTS, GROUPS

BUDGETS = (5, 10, 20, 30)
SEEDS = 20


def main(overrides: Sequence[str]) -> None:
    """Count the groups that each method reaches, for every seed and budget."""
    given = ["experiment=coldstart_first", "budget.initial=5", *overrides]
    chosen = {method: compose([*given, f"cold_start={method}"]) for method in COLD_STARTS}
    config = chosen["random"]
    dataset: Dataset = instantiate(config.data)
    lines = []
    for seed in range(SEEDS):
        rng = randomness.generator(seed, 0, "split")
        split = split_by_group(dataset, test=config.split.test, val=config.split.val, max_val=0, rng=rng)
        pool = PoolDataModule(
            dataset, split, seed=seed, steps=1, batch_size=1, unlabelled_batch_size=1, eval_batch_size=1
        )
        space = FrozenSpace(pool, factory(config.embedding), factory(config.map), seed)
        possible = len(set(pool.groups(split.pool)))
        for method in COLD_STARTS:
            strategy = instantiate(chosen[method].cold_start)
            features = space.features(strategy.space, split.pool) if strategy.needs_embedding else None
            for n in BUDGETS:
                candidates = Candidates(split.pool, features=features)
                picks = strategy.selector.select(candidates, n, randomness.generator(seed, 0, "query"))
                reached = len(set(pool.groups(picks)))
                lines.append((dataset.name, method, n, seed, reached, possible))
    rows = pd.DataFrame(lines, columns=["data", "method", "n_labelled", "seed", "reached", "of"])
    there = rows.groupby("seed")["of"].first()
    print(f"{dataset.name}: {len(dataset)} images; {SEEDS} seeds; groups in the pool: {there.min()} to {there.max()}\n")
    print(tables.markdown(tables.per_budget(rows, ["method"], "reached", 1)))
    kept = [pd.read_csv(GROUPS).query("data != @dataset.name")] if GROUPS.exists() else []
    pd.concat([*kept, rows]).to_csv(GROUPS, index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
