"""Base class of all callbacks of the loop."""

from __future__ import annotations

from collections.abc import Sequence

import pytorch_lightning as pl
from pytorch_lightning.loggers import Logger

from alseg.callbacks.events import AnnotationEnd, EvaluationEnd, QueryEnd, RoundEnd, RunEnd, TrainingEnd
from alseg.callbacks.run import Run


class CallbackError(RuntimeError):
    """A callback failed; the message names it."""


class Callback(pl.Callback):
    """Acts in the loop by the hooks below, and inside the fit, the test and the scan by Lightning's own.

    One object serves the whole run, so what belongs to one fit or one test is reset in Lightning's ``on_fit_start`` or
    ``on_test_start``. (Lightning's ``on_fit_end`` ends a fit; the loop's hook after a training is `on_training_end`.)

    A hook runs before its event is recorded, `on_round_end` and `reason_to_stop` after it: a run that is killed in a hook
    calls it again when it goes on, with the same event, so a hook that is called twice must leave what one call leaves.
    Files that are written through `Run` take the place of the last ones, and metrics are taken up once.

    `on_query_end` and `on_annotation_end` are called on rank 0 alone; all other hooks on every rank. An exception ends the
    run: ``FAILED`` names the callback, nothing finished is lost, and the same command goes on.
    """

    def on_run_start(self, run: Run) -> None:
        """Called when the run begins, or goes on after an interruption."""

    def fit_loggers(self, run: Run) -> Sequence[Logger]:
        """Lightning loggers for the curves of the fit to come."""
        return ()

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        """Called when the cold start or a strategy has picked images."""

    def on_annotation_end(self, run: Run, annotation: AnnotationEnd) -> None:
        """Called when the oracle has answered."""

    def on_training_end(self, run: Run, training: TrainingEnd) -> None:
        """Called when the model of the round is trained and on disk."""

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        """Called when the model of the round was evaluated; the place for `Run.log_metrics`."""

    def on_round_end(self, run: Run, round_: RoundEnd) -> None:
        """Called when the evaluation is recorded."""

    def reason_to_stop(self, run: Run) -> str | None:
        """Return the reason to end the run before its budget does, or None.

        Asked after every evaluation, before the next scan, and after every query, before it is paid for. Go by the ledger
        alone, so that a run that goes on after a kill decides as one that was never killed.
        """
        return None

    def on_run_end(self, run: Run, end: RunEnd) -> None:
        """Called when the run is done, waits for annotations, or has failed; always, unless the process was killed."""
