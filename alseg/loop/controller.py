"""The loop: cold start -> [train -> evaluate -> scan -> select -> annotate] x rounds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl

from alseg import distributed, randomness
from alseg.callbacks.fit_guard import ActiveLearningController
from alseg.callbacks.label_quality import label_quality
from alseg.callbacks.stopping import StoppingRule
from alseg.callbacks.thickness import ThicknessMeter, thickness_metrics
from alseg.callbacks.worst_cases import CaseMeter
from alseg.composition.schema import Budget
from alseg.data.pool import PoolDataModule
from alseg.errors import QueryError, RunFolderError
from alseg.files import atomic, write_bytes
from alseg.learners.learner import DataSpec, Learner
from alseg.loop import checks
from alseg.loop.consecutive_rounds import ConsecutiveRounds
from alseg.loop.feature_space import FeatureSpace
from alseg.loop.querying import Querying
from alseg.loop.training import Training, load_weights
from alseg.oracles.oracle import Oracle
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State
from alseg.selection.candidates import Candidates
from alseg.strategy import Strategy
from alseg.terminal import working
from alseg.tracking.tracker import Tracker

log = logging.getLogger(__name__)


@dataclass
class ActiveLearner:
    """Walks the phases of a run.

    A round is a query, its annotation, a training and an evaluation; the cold start is the query of round 0. Each phase
    is a method that returns the next state. It may be killed at any moment: its decision is either in the ledger or
    was never taken, and all that it draws at random depends on seed, round and purpose alone.

    On several ranks every rank walks the same phases: rank 0 decides and writes, the others are told.

    Args:
        pool: the data and its split.
        make_learner: an untrained learner for the data and a number of optimiser steps.
        cold_start: chooses the first images, without a model.
        strategy: chooses all later ones.
        oracle: annotates.
        training: trains, evaluates and scans.
        budget: how many images and rounds.
        folder: where everything is kept.
        seed: of everything random.
        space: the embedding of the pool, for strategies that compare images by it, and for the map.
        stopping: rules that may end the run before the budget does.
        tracker: shows the run to people.
        worst: of how many test images a picture is kept, those on which the model of a round does worst; with 0, no test
            image is measured by itself.

    Raises:
        ConfigError: if they do not fit together; it is found out here, before any training.
    """

    pool: PoolDataModule
    make_learner: Callable[[DataSpec, int], Learner]
    cold_start: Strategy
    strategy: Strategy
    oracle: Oracle
    training: Training
    budget: Budget
    folder: RunFolder
    seed: int
    space: FeatureSpace | None = None
    stopping: Mapping[str, StoppingRule] = field(default_factory=dict)
    tracker: Tracker = field(default_factory=Tracker)
    worst: int = 0
    _learner: Learner | None = field(default=None, init=False, repr=False)
    _candidates: Candidates | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        checks.check_budget(self.budget, self._asked_for, self.pool.dataset.units)
        checks.check_split(self.pool.split, self.training.config)
        checks.check_spaces(self.cold_start, self.strategy, self.space)
        learner = self._new_learner(0)
        self.training.monitored(learner)
        checks.check_stopping(self.stopping, learner.validation_values(), self.pool.split)
        checks.check_strategy(self.strategy, learner, learner.try_out())
        self._querying = Querying(self.pool, self.space, self.folder, self.seed, self.tracker)

    def run(self) -> State:
        """Go on from the phase under way until the run is done, or until annotations are awaited.

        Returns:
            The state in which it ended: phase ``done``, or ``annotate`` if the oracle will answer later.
        """
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(self.folder.ledger, writable=distributed.rank() == 0)
        if self._decides:
            sizes = {name: len(ids) for name, ids in vars(self.pool.split).items()}
            groups, data = len(set(self.pool.groups(self.pool.split.pool))), self.pool.fingerprint()
            started = self.ledger.record("started", 0, seed=self.seed, split=sizes, groups=groups, data=data)
            if started["data"] != data:
                raise RunFolderError(
                    f"run_dir={self.folder.path}: the data set has changed since this run began (other images, groups or "
                    "splits); choose another run_dir"
                )
        self._recall()
        state = distributed.broadcast(self.folder.load_state())
        while state.phase != "done":
            following = distributed.broadcast(getattr(self, f"_{state.phase}")(state.round))
            if following == state:
                break
            state = following
            if self._decides:
                self.folder.save_state(state)
            self.ledger.reload()
        return state

    def last_learner(self) -> Learner:
        """The learner as the last finished training left it."""
        return self._trained(max(trained["round"] for trained in self.ledger.of("trained")))

    # The phases, in their order.

    def _cold_start(self, round_: int) -> State:
        if self._decides and not self.ledger.find("queried", round_):
            start = time.perf_counter()
            candidates = self._querying.embedded(self.cold_start, Candidates(self.pool.unlabelled))
            n, seconds = self.budget.first(self._asked_for), _since(start)
            self._querying.choose(self.ledger, round_, self.cold_start, candidates, n, seconds)
        return State(round_, "annotate")

    def _annotate(self, round_: int) -> State:
        complete = True
        if self._decides and not self.ledger.find("annotated", round_):
            complete = self._ask(round_)
        if not distributed.broadcast(complete):
            return State(round_, "annotate")
        self.ledger.reload()
        self._take_labels(round_)
        return State(round_, "train")

    def _train(self, round_: int) -> State:
        if not self.ledger.find("trained", round_):
            start = time.perf_counter()
            learner = self.training.prepare(self._new_learner(round_))
            if round_ > 0 and self.training.config.weights_from == "previous":
                load_weights(learner, self.folder.checkpoint(round_ - 1))
            controller = ActiveLearningController(seed=self.seed, round_=round_, labelled=self.pool.labelled)
            self.pool.begin_round(round_, uses_unlabelled=learner.uses_unlabelled)
            loggers = self.tracker.loggers(round_)
            result = self.training.fit(learner, self.pool, controller, self.folder.checkpoint(round_), loggers)
            if not np.isfinite(result["loss"]):
                raise QueryError(f"round {round_}: the training loss is {result['loss']}; lower learner.optimizer.lr")
            self._learner = learner
            if self._decides:
                self.folder.save_working_labels(round_, self.pool.working)
            self._record("trained", round_, **result, seconds={"train": _since(start)})
        if self._decides and self.training.config.checkpoints == "last":
            # The next query needs the last model, or the last two.
            outdated = round_ - (2 if self.strategy.compares_rounds else 1)
            if outdated >= 0:
                self.folder.checkpoint(outdated).unlink(missing_ok=True)
        return State(round_, "evaluate")

    def _evaluate(self, round_: int) -> State:
        if not self.ledger.find("evaluated", round_):
            start = time.perf_counter()
            metrics = self._measure(self._trained(round_), round_) | label_quality(self.pool)
            # JSON knows no NaN: a class that the test set does not show has no value.
            known = {name: value if np.isfinite(value) else None for name, value in metrics.items()}
            labels = {"n_labelled": self.pool.dataset.count(self.pool.labelled), "cost": self.ledger.cost}
            if self.pool.dataset.volumes is not None:
                labels["n_images"] = len(self.pool.labelled)
            self._record("evaluated", round_, **labels, metrics=known, seconds={"evaluate": _since(start)})
        if self._decides:
            rows = self.ledger.rows()
            self.folder.save_metrics(rows)
            self.tracker.log_round(rows[-1])
            log.info("%s", _summary(rows[-1]))
        if round_ + 1 == self.budget.rounds:
            return self._finish(round_, f"all {self.budget.rounds} rounds done")
        if not self.pool.unlabelled:
            return self._finish(round_, "the whole pool is labelled or refused")
        return self._stop(round_) or State(round_ + 1, "scan")

    def _scan(self, round_: int) -> State:
        if not self.ledger.find("queried", round_):
            self._candidates = self._look_at_pool(round_)
        return State(round_, "select")

    def _select(self, round_: int) -> State:
        if not self.ledger.find("queried", round_):
            candidates = self._candidates or self._look_at_pool(round_)
            if self._decides:
                n, seconds = self.budget.query, self._seconds_scan
                self._querying.choose(self.ledger, round_, self.strategy, candidates, n, seconds)
            self._candidates = None
        self.ledger.reload()
        return self._stop(round_) or State(round_, "annotate")

    # What they are made of.

    @property
    def _decides(self) -> bool:
        return distributed.rank() == 0

    @property
    def _asked_for(self) -> int:
        """Images or volumes of the pool."""
        return self.pool.dataset.count(self.pool.split.pool)

    def _record(self, event: str, round_: int, **fields: Any) -> None:
        if self._decides:
            self.ledger.record(event, round_, **fields)

    def _recall(self) -> None:
        """Take up the labels of an earlier process of this run."""
        for annotated in self.ledger.of("annotated"):
            self._take_labels(annotated["round"])
        for trained in list(self.ledger.of("trained"))[-1:]:  # each round keeps the working labels of those before it
            self.pool.relabel(*self.folder.load_working_labels(trained["round"]))

    def _take_labels(self, round_: int) -> None:
        annotated = self.ledger.find("annotated", round_)
        assert annotated is not None
        ids, targets = self.folder.load_annotations(round_)
        self.pool.label(ids, targets)
        self.pool.refuse(annotated["refused"])
        if not self.pool.labelled:
            raise QueryError(
                f"oracle {type(self.oracle).__name__}: it refused all {len(annotated['refused'])} first images"
            )

    def _new_learner(self, round_: int) -> Learner:
        drawn = 0 if self.training.config.weights_from == "same" else round_
        with randomness.seeded_torch(self.seed, drawn, "initial weights"):
            return self.make_learner(DataSpec.of(self.pool.dataset), self.training.config.steps)

    def _trained(self, round_: int) -> Learner:
        """The learner of a round: as trained by this process, or from its checkpoint."""
        if self._learner is None:
            self._learner = self._load(round_)
        return self._learner

    def _load(self, round_: int) -> Learner:
        learner = self.training.prepare(self._new_learner(round_))
        load_weights(learner, self.folder.checkpoint(round_))
        return learner

    def _measure(self, learner: Learner, round_: int) -> dict[str, float]:
        dataset = self.pool.dataset
        walls = None if dataset.cimt is None else ThicknessMeter(dataset, dataset.cimt)
        cases = CaseMeter(dataset, self.worst) if self.worst else None
        metrics = self.training.evaluate(learner, self.pool, [meter for meter in (walls, cases) if meter])
        if cases:
            cases.gather()
            if self._decides and cases.cases:
                self._write_table(cases.table(), self.folder.cases(round_))
                write_bytes(self.folder.worst(round_), cases.sheet())
        if walls:
            table = walls.table()
            if self._decides:
                self._write_table(table, self.folder.cimt(round_))
            metrics |= thickness_metrics(table)
        return metrics

    @staticmethod
    def _write_table(table: pd.DataFrame, path: Path) -> None:
        with atomic(path) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6f")

    def _look_at_pool(self, round_: int) -> Candidates:
        start = time.perf_counter()
        if self.strategy.needs_model:
            learner: pl.LightningModule = self._trained(round_ - 1)
            if self.strategy.compares_rounds:
                previous = self._load(round_ - 2) if round_ > 1 else None
                learner = ConsecutiveRounds(previous, self._trained(round_ - 1))
            candidates = self.training.scan(
                learner,
                self.pool,
                self.strategy.acquisition,
                keep_features=self.strategy.needs_learner_features,
                keep_probabilities=self.strategy.needs_probabilities,
            )
        else:
            candidates = Candidates(self.pool.unlabelled, labelled_ids=self.pool.labelled)
        if self._decides:
            if self.strategy.needs_embedding and self.space and self.space.needs_learner:
                self.space.follow(self._trained(round_ - 1))
            candidates = self._querying.embedded(self.strategy, candidates)
        self._seconds_scan = _since(start)
        return candidates

    def _ask(self, round_: int) -> bool:
        """Have the query of a round annotated; False if the oracle will answer later."""
        query = self.ledger.find("queried", round_)
        assert query is not None
        asked = query["ids"]
        with working(f"round {round_}: {len(asked)} images are being annotated"):
            answer = self.oracle.annotate(asked)
        if not set(asked) >= {*answer.ids, *answer.refused} or len(answer.ids) != len(set(answer.ids)):
            raise QueryError(f"oracle {type(self.oracle).__name__}: it answered what was not asked for, or twice")
        waiting = len(asked) - len(answer.ids) - len(answer.refused)
        if waiting:
            log.info("round %d: %d of %d annotations are awaited", round_, waiting, len(asked))
            return False
        self.folder.save_annotations(round_, answer)
        cost, refused = [float(c) for c in answer.cost], list(answer.refused)
        self.ledger.record(
            "annotated", round_, ids=list(answer.ids), refused=refused, cost=cost, annotator=answer.annotator
        )
        return True

    def _stop(self, round_: int) -> State | None:
        reasons = (f"{name}: {reason}" for name, rule in self.stopping.items() if (reason := rule(self.ledger)))
        reason = next(reasons, None)
        return None if reason is None else self._finish(round_, reason)

    def _finish(self, round_: int, reason: str) -> State:
        self._record("finished", round_, reason=reason)
        return State(round_, "done")


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)


def _summary(row: Mapping[str, Any]) -> str:
    shown = [
        f"{name} {value:.4f}"
        for name, value in row.items()
        if name.startswith("test/") and "_" not in name and name != "test/empty" and value is not None
    ]
    return f"round {row['round']} · {row['n_labelled']} labelled · {' · '.join(shown)}"
