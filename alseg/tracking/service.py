"""Base class of trackers of other services: an error of the service never ends the run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from alseg.tracking.acceptable import Rule, acceptable
from alseg.tracking.tracker import Query, Tracker

log = logging.getLogger(__name__)

T = TypeVar("T")

STRIKES = 3
"""Failed calls in a row after which a service is given up."""
PATIENCE = 30.0
"""Seconds in failed calls after which a service is given up."""

PICTURES = ("none", "queries", "all")
"""Images that a service gets: none, thumbnails of the picks, or also the map's page, which has one of every image of the pool."""
THUMBNAIL = 128
"""Longest side of a thumbnail, in pixels."""
BY_COST = "by_cost/"
"""Prefix of the test metrics that are plotted against the cost instead of the number of labelled images."""


class ServiceTracker(Tracker):
    """Catches errors of a subclass in ``_start``, ``_log_round``, ``_log_query``, ``_log_fit``, ``_log_map`` and ``_finish``.

    The first value that a service refuses is logged in one line, and left out like all that follow. A service that does
    not start, or is gone, is not called again, except once to close the run: else each value would cost a time-out.

    Args:
        pictures: one of `PICTURES`. A subclass need not ask: a query comes without images, and a map without its page, where
            they are not to be sent.

    Raises:
        ValueError: if it is none of them.
    """

    service: ClassVar[str]
    live = False
    pictures = "queries"
    folder: Path

    def __init__(self, pictures: str = "queries") -> None:
        if pictures not in PICTURES:
            raise ValueError(f"pictures={pictures}: choose {', '.join(PICTURES)}")
        self.pictures = pictures

    def start(self, folder: Path, config: Mapping[str, Any]) -> None:
        self.folder, self.live = folder, True
        self._told: set[str] = set()
        self._in_a_row, self._seconds_lost = 0, 0.0
        try:
            self._start(folder, config)
        except Exception as error:  # a service is not worth a run
            self._give_up(error)

    def loggers(self, round_: int) -> list[Logger]:
        return [FitCurves(self.service, self.log_fit, round_)] if self.live else []

    def log_fit(self, values: Mapping[str, float]) -> None:
        """Log metrics of a step of a fit; ``fit/step`` and ``fit/round`` are among them."""
        self._guarded(lambda: self._log_fit(values))

    def log_round(self, row: Mapping[str, Any]) -> None:
        known = {key: value for key, value in row.items() if isinstance(value, (int, float))}
        self._guarded(lambda: self._log_round(known))

    def log_query(self, query: Query) -> None:
        sent = replace(query, images=query.images[:0]) if self.pictures == "none" else query
        self._guarded(lambda: self._log_query(sent))

    def finish(self, exit_code: int) -> None:
        try:
            if exit_code == 0:
                self._guarded(self._log_map_files)
            self._close(exit_code)
        except BaseException:  # an interruption now: the run must be closed all the same
            self._close(exit_code)
            raise
        finally:
            self.live = False

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _log_fit(self, values: Mapping[str, float]) -> None:
        raise NotImplementedError

    def _log_round(self, row: Mapping[str, float]) -> None:
        raise NotImplementedError

    def _log_query(self, query: Query) -> None:
        raise NotImplementedError

    def _log_map(self, page: Path | None, picture: Path) -> None:
        """Log the map; its page only where pictures of all images may be sent. The picture is of points alone."""
        raise NotImplementedError

    def _finish(self, exit_code: int) -> None:
        """Close the run, if one was begun; may be called twice."""
        raise NotImplementedError

    def _named(self, text: str, rule: Rule) -> str:
        """Return the name that the service accepts for a text; the first that differs is logged."""
        name = acceptable(text, rule)
        if name != text:
            self._tell("names", "%s: %r is called %r there, and likewise other names", self.service, text, name)
        return name

    def _each(self, items: Iterable[T], send: Callable[[T], object]) -> None:
        """Send items one by one, and leave out those that are refused.

        Raises:
            Exception: if the service is gone, or refuses all.
        """
        taken, refused, began = 0, None, time.monotonic()
        for item in items:
            try:
                send(item)
                taken += 1
            except Exception as error:
                if _is_gone(error) or time.monotonic() - began > PATIENCE:
                    raise
                refused = error
        if refused is not None:
            if not taken:
                raise refused
            self._leave_out(refused)

    def _together(self, items: Sequence[T], send: Callable[[Sequence[T]], object]) -> None:
        """Send all items at once or, if the service refuses that for one of them, one by one."""
        try:
            send(items)
        except Exception as error:
            if _is_gone(error):
                raise
            self._each(items, lambda item: send([item]))

    def _log_map_files(self) -> None:
        page, picture = self.folder / "map.html", self.folder / "map.png"
        if page.exists() and picture.exists():
            self._log_map(page if self.pictures == "all" else None, picture)

    def _guarded(self, action: Callable[[], object]) -> None:
        if not self.live:
            return
        began = time.monotonic()
        try:
            action()
            self._in_a_row = 0
        except Exception as error:
            self._in_a_row += 1
            self._seconds_lost += time.monotonic() - began
            if _is_gone(error) or self._in_a_row == STRIKES or self._seconds_lost > PATIENCE:
                self._give_up(error)
            else:
                self._leave_out(error)

    def _close(self, exit_code: int) -> None:
        try:
            self._finish(exit_code)
        except Exception as error:
            if self.live:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self.live = False
        log.warning("%s: %s (the run goes on without it)", self.service, _line(error))

    def _leave_out(self, error: Exception) -> None:
        self._tell("values", "%s: %s (it is left out, and whatever else is not taken)", self.service, _line(error))

    def _tell(self, about: str, message: str, *arguments: object) -> None:
        """Log a warning once for each subject ``about``."""
        log.log(logging.DEBUG if about in self._told else logging.WARNING, message, *arguments)
        self._told.add(about)


def _is_gone(error: BaseException | None) -> bool:
    """True if the service was not reached: an error of the connection, or of the disk, is the cause."""
    while error is not None:
        if isinstance(error, OSError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _line(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0]


class FitCurves(Logger):
    """Lightning's metrics of one fit as ``fit/*`` against the step, which begins anew in every round."""

    def __init__(self, service: str, send: Callable[[Mapping[str, float]], None], round_: int) -> None:
        super().__init__()
        self.service, self.send, self.round = service, send, round_

    @property
    def name(self) -> str:
        return self.service

    @property
    def version(self) -> str:
        return "0"

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """The config is logged when the run starts."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a step of the fit."""
        values = {f"fit/{name.removeprefix('train/')}": value for name, value in metrics.items() if name != "epoch"}
        self.send(values | {"fit/step": step or 0, "fit/round": self.round})


def by_cost(row: Mapping[str, float]) -> dict[str, float]:
    """Rename the test metrics of a round for a plot against the cost."""
    return {BY_COST + name.removeprefix("test/"): value for name, value in row.items() if name.startswith("test/")}


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a ``(C, H, W)`` image to ``(h, w)`` or ``(h, w, 3)``, no side longer than `THUMBNAIL`."""
    stride = max(1, -(-max(image.shape[1:]) // THUMBNAIL))
    return np.moveaxis(image[:, ::stride, ::stride], 0, -1).squeeze()
