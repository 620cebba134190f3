"""A strategy chooses, and what it saw and decided is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alseg import randomness
from alseg.data.grouping import means_by_group
from alseg.data.pool import PoolDataModule
from alseg.files import atomic, write_bytes
from alseg.loop.feature_space import FeatureSpace
from alseg.pictures.contact_sheet import contact_sheet
from alseg.pictures.thumbnails import thumbnails
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.selection.candidates import Candidates
from alseg.selection.volumes import select
from alseg.strategy import Strategy
from alseg.terminal import working
from alseg.tracking.tracker import Query, Tracker

SHOWN = 200
"""Pictures kept and tracked of a query at most, those of the first picks."""


@dataclass(frozen=True)
class Querying:
    """The part of a run that picks images; only the rank that decides does.

    Args:
        pool: what is labelled, and which group each image belongs to.
        space: the embedding of the pool, where there is one.
        folder: where scores are kept.
        seed: of the picks.
        tracker: shows them.
    """

    pool: PoolDataModule
    space: FeatureSpace | None
    folder: RunFolder
    seed: int
    tracker: Tracker

    def embedded(self, strategy: Strategy, candidates: Candidates) -> Candidates:
        """The candidates in the embedding or on its map, if that is where the strategy compares them."""
        if not strategy.needs_embedding:
            return candidates
        assert self.space is not None
        labelled = self.pool.labelled
        features, known = (self.space.features(strategy.space, ids) for ids in (candidates.ids, labelled))
        return replace(candidates, features=features, labelled_ids=labelled, labelled_features=known)

    def choose(
        self, ledger: Ledger, round_: int, strategy: Strategy, candidates: Candidates, n: int, seconds_scan: float
    ) -> None:
        """Pick n images, or n volumes, for a round, and record them as its query."""
        start = time.perf_counter()
        groups, known = self.pool.groups(candidates.ids), self.pool.groups(candidates.labelled_ids)
        candidates = replace(candidates, round=round_, groups=groups, labelled_groups=known)
        dataset, volume_of = self.pool.dataset, self.pool.dataset.volume_of
        with working(f"{strategy.name}: selecting {n} of {dataset.count(candidates.ids)} {dataset.units}"):
            rng = randomness.generator(self.seed, round_, "query")
            ids = select(strategy.selector, candidates, n, rng, volume_of)
        scores = self._keep_scores(round_, candidates, ids)
        self._keep_thumbnails(round_, ids)
        ledger.record(
            "queried",
            round_,
            strategy=strategy.name,
            ids=ids,
            scores=scores,
            groups=list(self.pool.groups(ids)),
            **({"volumes": [volume_of[id_] for id_ in ids]} if volume_of else {}),
            pool=len(candidates),
            **({"notes": candidates.notes} if candidates.notes else {}),
            seconds={"scan": seconds_scan, "select": round(time.perf_counter() - start, 3)},
        )
        images = dataset.images[[self.pool.row(id_) for id_ in ids[:SHOWN]]]
        self.tracker.log_query(Query(round_, strategy.name, ids, scores, [*self.pool.groups(ids)], images))

    def _keep_scores(self, round_: int, candidates: Candidates, ids: Sequence[str]) -> list[float] | None:
        """Write the score of every candidate and the order of the picks; gives the scores of the picks, or of their volumes."""
        if candidates.scores is None:
            return None
        table = pd.DataFrame({"id": candidates.ids, "score": candidates.scores})
        table["pick"] = table["id"].map({id_: i for i, id_ in enumerate(ids)}).astype("Int64")
        with atomic(self.folder.round(round_) / "scores.parquet") as temporary:
            table.to_parquet(temporary, index=False)
        scores, volume_of = candidates.scores, self.pool.dataset.volume_of
        if volume_of is not None:
            place, means = means_by_group(scores, [volume_of[id_] for id_ in candidates.ids])
            scores = means[place]
        score_of = dict(zip(candidates.ids, scores))
        return [float(score_of[id_]) for id_ in ids]

    def _keep_thumbnails(self, round_: int, ids: Sequence[str]) -> None:
        """A small picture of each pick, so that a report can show them wherever the data set is by then."""
        if ids:
            rows = np.array([self.pool.row(id_) for id_ in ids[:SHOWN]], dtype=np.intp)
            write_bytes(self.folder.query(round_), contact_sheet(thumbnails(self.pool.dataset.images, rows)))
