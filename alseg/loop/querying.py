"""Queries: a strategy picks images, and the ledger records the picks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from alseg import randomness
from alseg.callbacks.events import QueryEnd
from alseg.data.grouping import means_by_group
from alseg.data.pool import PoolDataModule
from alseg.loop.feature_space import FeatureSpace
from alseg.loop.hooks import Hooks
from alseg.runs.ledger import Ledger
from alseg.selection.candidates import Candidates
from alseg.selection.volumes import select
from alseg.strategy import Strategy
from alseg.terminal import working


@dataclass(frozen=True)
class Querying:
    """Picks images for a run, on rank 0 alone.

    Args:
        pool: what is labelled, and which group each image belongs to.
        space: the embedding of the pool, where there is one.
        ledger: records the query.
        seed: of the picks.
        hooks: called for every query.
    """

    pool: PoolDataModule
    space: FeatureSpace | None
    ledger: Ledger
    seed: int
    hooks: Hooks

    def embedded(self, strategy: Strategy, candidates: Candidates) -> Candidates:
        """Give the candidates features of the embedding or its map, if the strategy compares them there."""
        if not strategy.needs_embedding:
            return candidates
        assert self.space is not None
        labelled = self.pool.labelled
        features, known = (self.space.features(strategy.space, ids) for ids in (candidates.ids, labelled))
        return replace(candidates, features=features, labelled_ids=labelled, labelled_features=known)

    def choose(self, round_: int, strategy: Strategy, candidates: Candidates, n: int, seconds_scan: float) -> None:
        """Pick n images, or n volumes, for a round, and record them as its query."""
        start = time.perf_counter()
        groups, known = self.pool.groups(candidates.ids), self.pool.groups(candidates.labelled_ids)
        candidates = replace(candidates, round=round_, groups=groups, labelled_groups=known)
        dataset, volume_of = self.pool.dataset, self.pool.dataset.volume_of
        with working(f"{strategy.name}: selecting {n} of {dataset.count(candidates.ids)} {dataset.units}"):
            rng = randomness.generator(self.seed, round_, "query")
            ids = select(strategy.selector, candidates, n, rng, volume_of)
        query = QueryEnd(round_, strategy.name, ids, self._scores(candidates, ids), self.pool.groups(ids), candidates)
        self.hooks.query_end(query)
        self.ledger.record(
            "queried",
            round_,
            strategy=strategy.name,
            ids=ids,
            scores=query.scores,
            groups=list(query.groups),
            **({"volumes": [volume_of[id_] for id_ in ids]} if volume_of else {}),
            pool=len(candidates),
            **({"notes": candidates.notes} if candidates.notes else {}),
            seconds={"scan": seconds_scan, "select": round(time.perf_counter() - start, 3)},
        )

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
