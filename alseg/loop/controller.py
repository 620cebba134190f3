"""The controller of active learning: cold start -> [annotate -> train -> evaluate -> scan -> select] x rounds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import RoundEnd, RunEnd, TrainingEnd
from alseg.callbacks.fit_guard import FitGuard
from alseg.callbacks.run import Run
from alseg.composition.schema import Budget
from alseg.data.pool import PoolDataModule
from alseg.errors import QueryError
from alseg.identity.content import content_of
from alseg.identity.sources import Sources
from alseg.learners.learner import DataSpec, Learner
from alseg.loop import checks
from alseg.loop.annotating import Annotating
from alseg.loop.evaluating import Evaluating
from alseg.loop.feature_space import FeatureSpace
from alseg.loop.first_labels import first_asked, what_is_there
from alseg.loop.hooks import Hooks
from alseg.loop.models import Models
from alseg.loop.querying import Querying
from alseg.loop.requests import Requests
from alseg.loop.training import Training
from alseg.oracles.given import Given
from alseg.oracles.oracle import Oracle
from alseg.runs.ledger import Ledger
from alseg.runs.record import begin
from alseg.runs.run_folder import Phase, RunFolder, State
from alseg.strategy import Strategy
from alseg.terminal import working

log = logging.getLogger(__name__)


@dataclass
class ActiveLearningController:
    """Walks the phases of a run and calls its callbacks; everything but the walk itself is a callback.

    A round is a query, its annotation, a training and an evaluation; the cold start is the query of round 0. Each phase
    is a method that returns the next state. It may be killed at any moment: its decision is either in the ledger or
    was never taken, and all that it draws at random depends on seed, round and purpose alone.

    On several ranks every rank walks the same phases: only rank 0 writes to ledger and run folder, and its state
    is broadcast to the others.

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
        callbacks: by name, in the order in which they are called; see `Callback`.
        config: the composed config, for callbacks that show it.
        sources: the files that data and pretrained weights come from.
        proceed: the round under way, if it waits for annotations, goes on with those that are there.

    Raises:
        ConfigError: if these do not fit together.
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
    callbacks: Mapping[str, Callback] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    sources: Sources = field(default_factory=Sources)
    proceed: bool = False

    def __post_init__(self) -> None:
        asked_for, given = (self.pool.dataset.count(ids) for ids in (self.pool.split.pool, self.pool.given))
        self._first = first_asked(self.budget, self.cold_start, asked_for, given)
        self._models = Models(self.pool, self.make_learner, self.training, self.folder, self.seed)
        self.ledger = Ledger(self.folder.ledger, writable=self.folder.writable)
        queries = [self.pool.dataset.count(query["ids"]) for query in self.ledger.of("queried")]
        checks.check_budget(self.budget, self._first, asked_for, given, self.pool.dataset.units, queries)
        checks.check_split(self.pool.split, self.training.config)
        checks.check_spaces(self.cold_start, self.strategy, self.space)
        learner = self._models.untrained(0)
        self.training.monitored(learner)
        checks.check_stopping(self.callbacks, learner.validation_values(), self.pool.split)
        checks.check_strategy(self.strategy, learner, learner.try_out())
        checks.check_truth(self.strategy, self.pool)
        if self.pool.given:
            self.oracle = Given(self.pool.dataset, self.pool.given, self.oracle)
        self.view = Run(
            self.pool,
            self.ledger,
            self.folder,
            self.seed,
            self.last_learner,
            self.space,
            self.config,
            simulated=self.oracle.simulated,
        )
        self._hooks = Hooks(self.callbacks, self.view)
        self._querying = Querying(self.pool, self._models, self.space, self.ledger, self.seed, self._hooks)
        requests = Requests(self.pool, self._models, self.ledger, self.folder)
        settings = self.config.get("oracle") or {}
        self._annotating = Annotating(self.pool, self.oracle, self.ledger, self.folder, self._hooks, requests, settings)
        self._evaluating = Evaluating(self.pool, self._models, self.ledger, self._hooks)

    def run(self) -> State:
        """Go on from the phase under way until the run is done, or until annotations are awaited.

        Returns:
            The state in which it ended: phase ``done``, or ``annotate`` if the oracle will answer later.
        """
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self.ledger.reload()
        if self.folder.writable:
            for line in what_is_there(self.pool, self.cold_start, self._first):
                log.info("%s", line)
        self._begin()
        try:
            self._hooks.run_start()
            state = self._walk()
        except BaseException as error:
            self._hooks.run_end(RunEnd(None, error))
            raise
        self._hooks.run_end(RunEnd(state))
        return state

    def last_learner(self) -> Learner:
        """Learner with the weights of the last finished training."""
        return self._models.trained(max(trained["round"] for trained in self.ledger.of("trained")))

    def _walk(self) -> State:
        phases: dict[Phase, Callable[[int], State]] = {
            "cold_start": self._cold_start,
            "annotate": self._annotate,
            "train": self._train,
            "evaluate": self._evaluate,
            "scan": self._scan,
            "select": self._select,
        }
        state = self.folder.agree(self.folder.load_state())
        self._say_where(state)
        while state.phase != "done":
            self.view.round = state.round
            self.training.title = f"round {state.round}/{self.budget.rounds - 1}"
            following = self.folder.agree(phases[state.phase](state.round))
            if following == state:
                break
            state = following
            self.folder.save_state(state)
            self.ledger.reload()
        return state

    def _say_where(self, state: State) -> None:
        """Say where a run goes on that had begun before."""
        if state.phase == "annotate" and self.proceed:
            self._annotating.proceed = state.round
        if state == State() or state.phase == "done":
            return
        words = f"{self.folder.path}: goes on with round {state.round}, phase {state.phase}"
        if state.phase == "annotate":
            self._annotating.resumed = words  # with what is there, once the oracle has told
        else:
            log.info("%s", words)

    # The phases, in their order.

    def _cold_start(self, round_: int) -> State:
        self._querying.pick(round_, self.cold_start, self._first)
        return State(round_, "annotate")

    def _annotate(self, round_: int) -> State:
        if not self._annotating.request(round_):
            return State(round_, "annotate")
        self.ledger.reload()
        self._annotating.label(round_)
        return State(round_, "train")

    def _train(self, round_: int) -> State:
        if not self.ledger.find("trained", round_):
            start = time.perf_counter()
            learner = self._models.to_train(round_)
            guard = FitGuard(seed=self.seed, round_=round_, labelled=self.pool.labelled)
            self.pool.begin_round(round_, uses_unlabelled=learner.uses_unlabelled)
            callbacks, loggers = [guard, *self.callbacks.values()], self._hooks.fit_loggers()
            report = self.training.fit(learner, self.pool, callbacks, self.folder.checkpoint(round_), loggers)
            if not np.isfinite(report["loss"]):
                raise QueryError(f"round {round_}: the training loss is {report['loss']}; lower learner.optimizer.lr")
            self._models.keep(learner)
            self.folder.save_working_labels(round_, self.pool.working)
            self._hooks.training_end(TrainingEnd(round_, learner, report))
            seconds = {"train": round(time.perf_counter() - start, 3)}
            self.ledger.record("trained", round_, **report, seconds=seconds)
        self._models.forget_outdated(self.strategy, round_)
        return State(round_, "evaluate")

    def _evaluate(self, round_: int) -> State:
        self._evaluating.evaluate(round_)
        rows = self.folder.agree(self.ledger.rows())
        self.folder.save_metrics(rows)
        self._hooks.round_end(RoundEnd(round_, rows[-1]))
        if round_ + 1 == self.budget.rounds:
            return self._finish(round_, f"all {self.budget.rounds} rounds done")
        if not self.pool.unlabelled and not self.pool.open:
            return self._finish(round_, "the whole pool is labelled or refused")
        return self._stop(round_) or State(round_ + 1, "scan")

    def _scan(self, round_: int) -> State:
        self._querying.scan(round_, self.strategy)
        return State(round_, "select")

    def _select(self, round_: int) -> State:
        self._querying.pick(round_, self.strategy, self.budget.query)
        self.ledger.reload()
        return self._stop(round_) or State(round_, "annotate")

    def _begin(self) -> None:
        """Record the data of a new run, or check that they have not changed; then load the labels so far."""
        if self.folder.writable:
            with working("hashing the data set"):
                content = content_of(self.pool.dataset, self.oracle.answers())
            begin(self.ledger, self.folder, self.pool, self.seed, content, self.sources)
        self._annotating.restore()

    def _stop(self, round_: int) -> State | None:
        reason = self._hooks.reason_to_stop()
        return None if reason is None else self._finish(round_, reason)

    def _finish(self, round_: int, reason: str) -> State:
        if self.ledger.events[-1]["event"] != "finished":  # a run that was opened again may end anew in this round
            self.ledger.append("finished", round_, reason=reason)
        return State(round_, "done")
