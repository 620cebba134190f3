"""Evaluation: the model of a round is tested, and the ledger records its metrics."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from alseg.callbacks.events import EvaluationEnd
from alseg.data.pool import PoolDataModule
from alseg.loop.hooks import Hooks
from alseg.loop.models import Models
from alseg.runs.ledger import Ledger


@dataclass(frozen=True)
class Evaluating:
    """Evaluates the models of a run; an evaluation that is recorded is not made again.

    Args:
        pool: validation and test set, and what is labelled.
        models: the trained ones.
        ledger: records the metrics, with those of callbacks.
        hooks: called for every evaluation.
    """

    pool: PoolDataModule
    models: Models
    ledger: Ledger
    hooks: Hooks

    def evaluate(self, round_: int) -> None:
        """Evaluate the model of a round, and record its metrics."""
        if self.ledger.find("evaluated", round_):
            return
        start = time.perf_counter()
        run, learner = self.hooks.run, self.models.trained(round_)
        metrics = self.models.training.evaluate(learner, self.pool, [*self.hooks.callbacks.values()])
        self.hooks.evaluation_end(EvaluationEnd(round_, learner, metrics))
        metrics = {**metrics, **run.take_metrics()}
        # JSON knows no NaN: a class that the test set does not show has no value.
        known = {name: value if np.isfinite(value) else None for name, value in metrics.items()}
        labels = {"n_labelled": self.pool.dataset.count(self.pool.labelled), "cost": self.ledger.cost}
        if self.pool.dataset.volumes is not None:
            labels["n_images"] = len(self.pool.labelled)
        described = [metric.recorded() for metric in (*learner.describes, *run.take_descriptions())]
        about = {"described": described} if described else {}
        seconds = {"evaluate": round(time.perf_counter() - start, 3)}
        self.ledger.record("evaluated", round_, **labels, metrics=known, **about, seconds=seconds)
