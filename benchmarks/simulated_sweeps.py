"""Simulated sweeps, as the report reads them: runs in memory whose values are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.report.read.decisions import Decisions
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Report, Row, build

STRATEGIES = ("random", "entropy", "bald", "k_center", "dus_cs", "pld")
BUDGETS = (20, 40, 60)
"""Few, so that an accuracy keeps its steps in the area under the curve; the first one is the shared cold start."""
SPLIT, RUN, ROUND = 0.05, 0.02, 0.02
"""Standard deviations of a continuous metric: of seeds, of runs of a seed, of rounds of a run."""
MEAN = 0.8


@dataclass(frozen=True)
class Kind:
    """A primary metric.

    Args:
        name: without ``test/``.
        images: of the test set, of which the metric is the share that is right; 0: continuous.
    """

    name: str
    images: int = 0

    def __str__(self) -> str:
        return f"{self.name} on {self.images} images" if self.images else f"{self.name}, continuous"


class Sweeps:
    """Sweeps of six strategies that share seeds, splits and cold start.

    Args:
        kind: of all metrics in the menu.
        seeds: of each strategy.
        metrics: in the menu, of which the first is the primary one.
    """

    def __init__(self, kind: Kind, seeds: int, metrics: int = 1) -> None:
        self.kind, self.seeds, self.metrics = kind, seeds, metrics
        names = [f"test/{kind.name}", *(f"test/{kind.name}_class{i:02d}" for i in range(1, metrics))]
        self.columns = pd.Index(["round", "n_labelled", *names], dtype=object)
        nothing = np.zeros((len(BUDGETS), metrics))
        runs = [_run(strategy, seed, self._table(nothing)) for strategy in STRATEGIES for seed in range(seeds)]
        self.built = build(runs)

    @property
    def sd(self) -> float:
        """Of the paired differences in what is compared of a continuous metric: the mean of the last two budgets."""
        return float(np.sqrt(2 * (RUN**2 + ROUND**2 / 2)))

    def draw(
        self, rng: np.random.Generator, gains: Sequence[float] = (), spreads: Sequence[float] = (1.0,) * len(STRATEGIES)
    ) -> Report:
        """The report of one sweep.

        Args:
            rng: of the sweep.
            gains: what each strategy is better by at all budgets but the first, random being the first; empty for nothing.
            spreads: factor on the standard deviations of each strategy's runs, with a continuous metric.
        """
        values = self._counted(rng) if self.kind.images else self._continuous(rng, np.array(spreads))
        values[:, :, 0] = values[:1, :, 0]  # the cold start has the same images under the same seed
        if gains:
            values[:, :, 1:] += np.array(gains)[:, None, None, None]
        (panel,) = self.built.panels
        rows = tuple(self._filled(row, values[STRATEGIES.index(row.label)]) for row in panel.rows)
        return Report((replace(panel, rows=rows),))

    def _filled(self, row: Row, values: NDArray[np.float64]) -> Row:
        """The condition with other values: all that does not depend on them was found when the first sweep was built."""
        runs = {seed: replace(run, metrics=self._table(values[seed])) for seed, run in row.runs.items()}
        return replace(row, runs=runs)

    def _table(self, values: NDArray[np.float64]) -> pd.DataFrame:
        rounds = np.column_stack([np.arange(len(BUDGETS)), BUDGETS, values])
        return pd.DataFrame(rounds, columns=self.columns)

    def _continuous(self, rng: np.random.Generator, spreads: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(strategies, seeds, budgets, metrics)``."""
        strategies, shape = len(STRATEGIES), (self.seeds, len(BUDGETS), self.metrics)
        own = rng.normal(0, RUN, (strategies, self.seeds, 1, self.metrics)) + rng.normal(0, ROUND, (strategies, *shape))
        split = rng.normal(0, SPLIT, (self.seeds, 1, self.metrics))
        return MEAN + split + spreads[:, None, None, None] * own

    def _counted(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """``(strategies, seeds, budgets, metrics)`` shares of the test images."""
        chance = np.clip(MEAN + rng.normal(0, SPLIT, (1, self.seeds, 1, self.metrics)), 0, 1)
        shape = (len(STRATEGIES), self.seeds, len(BUDGETS), self.metrics)
        return rng.binomial(self.kind.images, np.broadcast_to(chance, shape)) / self.kind.images


def _run(strategy: str, seed: int, metrics: pd.DataFrame) -> Run:
    config = {
        "seed": seed,
        "data": {"name": "simulated"},
        "learner": {"name": "plain"},
        "strategy": {"name": strategy},
        "cold_start": {"name": "random"},
        "budget": {"initial": BUDGETS[0], "query": BUDGETS[1] - BUDGETS[0], "rounds": len(BUDGETS)},
    }
    first = {0: (f"{seed}",)}
    annotated = first | {round_: (f"{seed}-{strategy}-{round_}",) for round_ in range(1, len(BUDGETS))}
    path = Path(strategy, f"seed={seed}")
    return Run(path, "finished", seed, config, metrics, 0.0, decisions=Decisions(annotated=annotated))
