"""The controller of active learning: cold start -> [annotate -> train -> evaluate -> scan -> select] x rounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alseg import distributed
from alseg.callbacks.callback import Callback
from alseg.callbacks.events import AnnotationEnd, EvaluationEnd, RoundEnd, RunEnd, TrainingEnd
from alseg.callbacks.fit_guard import FitGuard
from alseg.callbacks.run import Run
from alseg.composition.schema import Budget
from alseg.data.pool import PoolDataModule
from alseg.errors import QueryError
from alseg.identity.content import content_of
from alseg.identity.sources import Sources
from alseg.learners.learner import DataSpec, Learner
from alseg.loop import checks
from alseg.loop.annotating import ask
from alseg.loop.feature_space import FeatureSpace
from alseg.loop.hooks import Hooks
from alseg.loop.models import Models
from alseg.loop.querying import Querying
from alseg.loop.training import Training
from alseg.oracles.oracle import Oracle
from alseg.runs.ledger import Ledger
from alseg.runs.record import begin
from alseg.runs.run_folder import Phase, RunFolder, State
from alseg.selection.candidates import Candidates
from alseg.strategy import Strategy
from alseg.terminal import working


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

    def __post_init__(self) -> None:
        self._asked_for = self.pool.dataset.count(self.pool.split.pool)
        self._models = Models(self.pool, self.make_learner, self.training, self.folder, self.seed)
        self._candidates: tuple[Candidates, float] | None = None
        checks.check_budget(self.budget, self._asked_for, self.pool.dataset.units)
        checks.check_split(self.pool.split, self.training.config)
        checks.check_spaces(self.cold_start, self.strategy, self.space)
        learner = self._models.untrained(0)
        self.training.monitored(learner)
        checks.check_stopping(self.callbacks, learner.validation_values(), self.pool.split)
        checks.check_strategy(self.strategy, learner, learner.try_out())
        self.ledger = Ledger(self.folder.ledger, writable=self.folder.writable)
        self.view = Run(self.pool, self.ledger, self.folder, self.seed, self.last_learner, self.space, self.config)
        self._hooks = Hooks(self.callbacks, self.view)
        self._querying = Querying(self.pool, self.space, self.ledger, self.seed, self._hooks)

    def run(self) -> State:
        """Go on from the phase under way until the run is done, or until annotations are awaited.

        Returns:
            The state in which it ended: phase ``done``, or ``annotate`` if the oracle will answer later.
        """
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self.ledger.reload()
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
        state = distributed.broadcast(self.folder.load_state())
        while state.phase != "done":
            self.view.round = state.round
            following = distributed.broadcast(phases[state.phase](state.round))
            if following == state:
                break
            state = following
            self.folder.save_state(state)
            self.ledger.reload()
        return state

    # The phases, in their order.

    def _cold_start(self, round_: int) -> State:
        if self.folder.writable and not self.ledger.find("queried", round_):
            start = time.perf_counter()
            candidates = self._querying.embedded(self.cold_start, Candidates(self.pool.unlabelled))
            n = self.budget.first(self._asked_for)
            self._querying.choose(round_, self.cold_start, candidates, n, _since(start))
        return State(round_, "annotate")

    def _annotate(self, round_: int) -> State:
        complete = True
        if self.folder.writable and not self.ledger.find("annotated", round_):
            complete = self._request_annotations(round_)
        if not distributed.broadcast(complete):
            return State(round_, "annotate")
        self.ledger.reload()
        self._take_labels(round_)
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
            self.ledger.record("trained", round_, **report, seconds={"train": _since(start)})
        self._models.forget_outdated(self.strategy, round_)
        return State(round_, "evaluate")

    def _evaluate(self, round_: int) -> State:
        if not self.ledger.find("evaluated", round_):
            start = time.perf_counter()
            learner = self._models.trained(round_)
            metrics = self.training.evaluate(learner, self.pool, [*self.callbacks.values()])
            self._hooks.evaluation_end(EvaluationEnd(round_, learner, metrics))
            metrics = {**metrics, **self.view.take_metrics()}
            # JSON knows no NaN: a class that the test set does not show has no value.
            known = {name: value if np.isfinite(value) else None for name, value in metrics.items()}
            labels = {"n_labelled": self.pool.dataset.count(self.pool.labelled), "cost": self.ledger.cost}
            if self.pool.dataset.volumes is not None:
                labels["n_images"] = len(self.pool.labelled)
            described = [metric.recorded() for metric in (*learner.describes, *self.view.take_descriptions())]
            about = {"described": described} if described else {}
            seconds = {"evaluate": _since(start)}
            self.ledger.record("evaluated", round_, **labels, metrics=known, **about, seconds=seconds)
        rows = self.ledger.rows()
        self.folder.save_metrics(rows)
        self._hooks.round_end(RoundEnd(round_, distributed.broadcast(rows[-1] if self.folder.writable else {})))
        if round_ + 1 == self.budget.rounds:
            return self._finish(round_, f"all {self.budget.rounds} rounds done")
        if not self.pool.unlabelled:
            return self._finish(round_, "the whole pool is labelled or refused")
        return self._stop(round_) or State(round_ + 1, "scan")

    def _scan(self, round_: int) -> State:
        if not self.ledger.find("queried", round_):
            self._candidates = self._gather_candidates(round_)
        return State(round_, "select")

    def _select(self, round_: int) -> State:
        if not self.ledger.find("queried", round_):
            candidates, seconds = self._candidates or self._gather_candidates(round_)
            if self.folder.writable:
                self._querying.choose(round_, self.strategy, candidates, self.budget.query, seconds)
            self._candidates = None
        self.ledger.reload()
        return self._stop(round_) or State(round_, "annotate")

    # Steps of the phases.

    def _begin(self) -> None:
        """Record the data of a new run, or check that they have not changed; then load the labels so far."""
        if self.folder.writable:
            with working("hashing the data set"):
                content = content_of(self.pool.dataset, self.oracle.answers())
            begin(self.ledger, self.folder, self.pool, self.seed, content, self.sources)
        for annotated in self.ledger.of("annotated"):
            self._take_labels(annotated["round"])
        for trained in list(self.ledger.of("trained"))[-1:]:  # each round keeps the working labels of those before it
            self.pool.relabel(*self.folder.load_working_labels(trained["round"]))

    def _gather_candidates(self, round_: int) -> tuple[Candidates, float]:
        """Scan the pool; return the candidates of a round, and the seconds that the scan took."""
        start = time.perf_counter()
        candidates = Candidates(self.pool.unlabelled, labelled_ids=self.pool.labelled)
        if self.strategy.needs_model:
            scanning = self._models.for_scan(self.strategy, round_)
            candidates = self.training.scan(
                scanning,
                self.pool,
                self.strategy.acquisition,
                keep_features=self.strategy.needs_learner_features,
                keep_probabilities=self.strategy.needs_probabilities,
                callbacks=[*self.callbacks.values()],
            )
        if self.folder.writable:
            if self.strategy.needs_embedding and self.space and self.space.needs_learner:
                self.space.use_learner(self._models.trained(round_ - 1))
            candidates = self._querying.embedded(self.strategy, candidates)
        return candidates, _since(start)

    def _request_annotations(self, round_: int) -> bool:
        """Ask the oracle for the query of a round; False if it will answer later."""
        query = self.ledger.find("queried", round_)
        assert query is not None
        answer = ask(self.oracle, round_, query["ids"])
        if answer is None:
            return False
        self.folder.save_annotations(round_, answer)
        self._hooks.annotation_end(AnnotationEnd(round_, answer))
        cost, refused = [float(c) for c in answer.cost], list(answer.refused)
        self.ledger.record(
            "annotated", round_, ids=list(answer.ids), refused=refused, cost=cost, annotator=answer.annotator
        )
        return True

    def _take_labels(self, round_: int) -> None:
        annotated = self.ledger.find("annotated", round_)
        assert annotated is not None
        self.pool.label(*self.folder.load_annotations(round_))
        self.pool.refuse(annotated["refused"])
        if not self.pool.labelled:
            raise QueryError(
                f"oracle {type(self.oracle).__name__}: it refused all {len(annotated['refused'])} first images"
            )

    def _stop(self, round_: int) -> State | None:
        reason = self._hooks.reason_to_stop()
        return None if reason is None else self._finish(round_, reason)

    def _finish(self, round_: int, reason: str) -> State:
        self.ledger.record("finished", round_, reason=reason)
        return State(round_, "done")


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 3)
