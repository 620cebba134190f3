"""Queries: the pool is scanned, a strategy picks images, and the ledger records the picks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from alseg import randomness
from alseg.callbacks.events import QueryEnd
from alseg.data.grouping import means_by_group
from alseg.data.pool import PoolDataModule
from alseg.loop.feature_space import FeatureSpace
from alseg.loop.hooks import Hooks
from alseg.loop.models import Models
from alseg.loop.score_noise import warn_if_alike
from alseg.runs.ledger import Ledger
from alseg.selection.candidates import Candidates
from alseg.selection.reasons import GIVEN, reasons_of
from alseg.selection.volumes import select
from alseg.strategy import Strategy
from alseg.terminal import working


@dataclass
class Querying:
    """Makes the queries of a run; one that is recorded is not made again.

    On several ranks each scans a part of the pool, and rank 0 picks.

    Args:
        pool: what is labelled, and which group each image belongs to.
        models: scan the pool.
        space: the embedding of the pool, where there is one.
        ledger: records the query.
        seed: of the picks.
        hooks: called for every query.
    """

    pool: PoolDataModule
    models: Models
    space: FeatureSpace | None
    ledger: Ledger
    seed: int
    hooks: Hooks
    _scanned: tuple[Candidates, float] | None = field(default=None, init=False, repr=False)

    def scan(self, round_: int, strategy: Strategy) -> None:
        """Gather the candidates of a round, for the pick."""
        if not self.ledger.find("queried", round_) and self.pool.unlabelled:
            self._scanned = self._gather(round_, strategy)

    def pick(self, round_: int, strategy: Strategy, n: int) -> None:
        """Pick n images, or n volumes, for a round, and record them as its query; scan for them if that was not done.

        The query of round 0 begins with the images that the data set brings a label for, which no strategy has to pick.
        """
        if self.ledger.find("queried", round_):
            return
        if not self.pool.unlabelled:  # all has been asked for, and answers are still to come
            none: dict[str, list[str]] = {"ids": [], "groups": [], "reasons": []}
            seconds = {"scan": 0.0, "select": 0.0}
            self.ledger.record("queried", round_, strategy=strategy.name, **none, scores=None, pool=0, seconds=seconds)
            return
        candidates, seconds_scan = self._scanned or self._gather(round_, strategy, n)
        if self.ledger.writable:
            self._pick(round_, strategy, candidates, n, seconds_scan)
        self._scanned = None

    def _given(self, round_: int) -> tuple[str, ...]:
        return self.pool.given if round_ == 0 else ()

    def _gather(self, round_: int, strategy: Strategy, n: int | None = None) -> tuple[Candidates, float]:
        """The candidates of a round, and the seconds that it took to scan and embed them; nothing is embedded for n=0."""
        start = time.perf_counter()
        given = dict.fromkeys(self._given(round_))
        unlabelled = tuple(id_ for id_ in self.pool.unlabelled if id_ not in given)
        candidates = Candidates(unlabelled, labelled_ids=(*self.pool.labelled, *given))
        if strategy.needs_model:
            candidates = self.models.training.scan(
                self.models.for_scan(strategy, round_),
                self.pool,
                strategy.acquisition,
                keep_features=strategy.needs_learner_features,
                keep_probabilities=strategy.needs_probabilities,
                keep_class_scores=strategy.needs_class_scores,
                callbacks=[*self.hooks.callbacks.values()],
            )
        if strategy.needs_embedding and self.ledger.writable and n != 0:
            candidates = self._embedded(round_, strategy, candidates)
        return candidates, round(time.perf_counter() - start, 3)

    def _embedded(self, round_: int, strategy: Strategy, candidates: Candidates) -> Candidates:
        """Give the candidates features of the embedding or its map."""
        assert self.space is not None
        if self.space.needs_learner:
            self.space.use_learner(self.models.trained(round_ - 1))
        labelled = candidates.labelled_ids
        features, known = (self.space.features(strategy.space, ids) for ids in (candidates.ids, labelled))
        on_map = strategy.space == "map"
        return replace(candidates, features=features, labelled_ids=labelled, labelled_features=known, on_map=on_map)

    def _pick(self, round_: int, strategy: Strategy, candidates: Candidates, n: int, seconds_scan: float) -> None:
        start = time.perf_counter()
        groups, known = self.pool.groups(candidates.ids), self.pool.groups(candidates.labelled_ids)
        candidates = replace(candidates, round=round_, groups=groups, labelled_groups=known)
        if strategy.needs_truth:
            candidates = replace(candidates, truth=self._truth(candidates))
        if "scores" in strategy.selector.needs:
            warn_if_alike(candidates, strategy.name)
        dataset, volume_of = self.pool.dataset, self.pool.dataset.volume_of
        given = self._given(round_)
        with working(f"{strategy.name}: selecting {n} of {dataset.count(candidates.ids)} {dataset.units}"):
            rng = randomness.generator(self.seed, round_, "query")
            picks = select(strategy.selector, candidates, n, rng, volume_of) if n else []
        ids = [*given, *picks]
        scored_by = type(strategy.acquisition).__name__
        reasons = [GIVEN] * len(given)
        reasons += reasons_of(strategy.selector, candidates, picks, volume_of, scored_by=scored_by)
        scores, picked = self._scores(candidates, ids), self.pool.groups(ids)
        query = QueryEnd(round_, strategy.name, ids, scores, picked, candidates, reasons)
        self.hooks.query_end(query)
        self.ledger.record(
            "queried",
            round_,
            strategy=strategy.name,
            ids=ids,
            scores=query.scores,
            groups=list(query.groups),
            reasons=reasons,
            **({"volumes": [volume_of[id_] for id_ in ids]} if volume_of else {}),
            pool=len(candidates) + len(given),
            **({"notes": candidates.notes} if candidates.notes else {}),
            seconds={"scan": seconds_scan, "select": round(time.perf_counter() - start, 3)},
        )

    def _truth(self, candidates: Candidates) -> dict[str, int]:
        """The data set's own classes of all candidates and of what is labelled. Nothing else hands out hidden labels."""
        ids, targets = (*candidates.ids, *candidates.labelled_ids), self.pool.dataset.targets
        return {id_: int(targets[self.pool.row(id_)]) for id_ in ids}

    def _scores(self, candidates: Candidates, ids: Sequence[str]) -> list[float] | None:
        """The scores of the picks, or of their volumes."""
        if candidates.scores is None:
            return None
        scores, volume_of = candidates.scores, self.pool.dataset.volume_of
        if volume_of is not None:
            place, means = means_by_group(scores, [volume_of[id_] for id_ in candidates.ids])
            scores = means[place]
        score_of = dict(zip(candidates.ids, scores))
        return [float(score_of[id_]) for id_ in ids]
