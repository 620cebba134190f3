"""Calls of the hooks of all callbacks of a run, in their order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pytorch_lightning.loggers import Logger

from alseg.callbacks.callback import Callback, CallbackError
from alseg.callbacks.events import AnnotationEnd, EvaluationEnd, QueryEnd, RoundEnd, RunEnd, TrainingEnd
from alseg.callbacks.run import Run
from alseg.errors import AlsegError

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Hooks:
    """Calls a hook of every callback; an error names the callback.

    Args:
        callbacks: by name, in the order in which they are called.
        run: passed to every hook.
    """

    callbacks: Mapping[str, Callback]
    run: Run

    def run_start(self) -> None:
        """Call `on_run_start`."""
        self._all(lambda callback: callback.on_run_start(self.run))

    def run_end(self, end: RunEnd) -> None:
        """The run stops. Every callback is told, also when one of them raises or is interrupted."""
        failed: BaseException | None = None
        told = end
        for name, callback in self.callbacks.items():
            try:
                self._one(name, callback, partial(_tell_of_end, run=self.run, end=told))
            except Exception as error:
                if told.error is not None or failed is not None:  # the first error is the one that ends the run
                    log.warning("%s", error)
                failed = failed or error
            except BaseException as error:  # interrupted: the run is not done, and the others have to close too
                failed, told = error, RunEnd(None, error)
        if failed is not None and (end.error is None or not isinstance(failed, Exception)):
            raise failed

    def fit_loggers(self) -> list[Logger]:
        """The loggers of all callbacks for the fit to come."""
        return [logger for loggers in self._all(lambda callback: callback.fit_loggers(self.run)) for logger in loggers]

    def query_end(self, query: QueryEnd) -> None:
        """Call `on_query_end`."""
        self._all(lambda callback: callback.on_query_end(self.run, query))

    def annotation_end(self, annotation: AnnotationEnd) -> None:
        """Call `on_annotation_end`."""
        self._all(lambda callback: callback.on_annotation_end(self.run, annotation))

    def training_end(self, training: TrainingEnd) -> None:
        """Call `on_training_end`."""
        self._all(lambda callback: callback.on_training_end(self.run, training))

    def evaluation_end(self, evaluation: EvaluationEnd) -> None:
        """Call `on_evaluation_end`."""
        self._all(lambda callback: callback.on_evaluation_end(self.run, evaluation))

    def round_end(self, round_: RoundEnd) -> None:
        """Call `on_round_end`."""
        self._all(lambda callback: callback.on_round_end(self.run, round_))

    def reason_to_stop(self) -> str | None:
        """First reason to stop that a callback gives, as ``name: reason``; None to go on."""
        reasons = zip(self.callbacks, self._all(lambda callback: callback.reason_to_stop(self.run)))
        return next((f"{name}: {reason}" for name, reason in reasons if reason), None)

    def _all(self, hook: Callable[[Callback], T]) -> list[T]:
        return [self._one(name, callback, hook) for name, callback in self.callbacks.items()]

    def _one(self, name: str, callback: Callback, hook: Callable[[Callback], T]) -> T:
        try:
            return hook(callback)
        except AlsegError:  # says what is wrong with the input
            raise
        except Exception as error:
            raise CallbackError(f"the callback {name} failed: {type(error).__name__}: {error}") from error


def _tell_of_end(callback: Callback, run: Run, end: RunEnd) -> None:
    callback.on_run_end(run, end)
