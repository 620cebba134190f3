"""Callback that passes a run on to a tracker: W&B, TensorBoard, MLflow."""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_lightning.loggers import Logger

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import QueryEnd, RoundEnd, RunEnd
from alseg.callbacks.run import Run
from alseg.data.metadata import metadata_texts
from alseg.terminal import shortened
from alseg.termination import Terminated
from alseg.tracking.tracker import INTERRUPTED, Query, Tracker

SHOWN = 200
"""Most pictures of a query that a tracker gets, those of the first picks: a query of volumes may have thousands."""
COLUMNS, LONGEST = 20, 200
"""Most columns of the manifest, and characters of a cell."""


class Tracking(Callback):
    """Passes rounds, queries and the curves of every fit to a tracker (``logger=``), and always closes it.

    Args:
        tracker: of one service.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker

    def on_run_start(self, run: Run) -> None:
        if run.decides:
            self.tracker.start(run.folder.path, run.config)

    def fit_loggers(self, run: Run) -> Sequence[Logger]:
        return self.tracker.loggers(run.round) if run.decides else ()

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        images = run.pool.dataset.images[[run.pool.row(id_) for id_ in query.ids[:SHOWN]]]
        texts = list(metadata_texts(run.pool.dataset, query.ids).items())[:COLUMNS]
        metadata = {shortened(name, LONGEST): [shortened(cell, LONGEST) for cell in cells] for name, cells in texts}
        self.tracker.log_query(
            Query(query.round, query.strategy, query.ids, query.scores, query.groups, images, metadata)
        )

    def on_round_end(self, run: Run, round_: RoundEnd) -> None:
        if run.decides:
            self.tracker.log_round(round_.row)

    def on_run_end(self, run: Run, end: RunEnd) -> None:
        if run.decides:
            self.tracker.finish(_exit_code(end.error))


def _exit_code(error: BaseException | None) -> int:
    """Exit code that the process will end with; an interruption is no failure."""
    if error is None:
        return 0
    if isinstance(error, Terminated):
        return error.exit_code
    return 1 if isinstance(error, Exception) else INTERRUPTED
