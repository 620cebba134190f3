"""What trackers of other services share: whatever goes wrong with the service, the run goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from alseg.tracking.tracker import Query, Tracker

log = logging.getLogger(__name__)

THUMBNAIL = 128
"""Longest side of a thumbnail, in pixels."""
BY_COST = "by_cost/"
"""Before the test metrics when they stand against the cost and not against the number of labelled images."""


class ServiceTracker(Tracker):
    """Guards what a subclass does in ``_start``, ``_log_round``, ``_log_query``, ``_log_fit``, ``_log_map`` and ``_finish``.

    The first thing that goes wrong is said in one line of the log, and is the last that is tried.
    """

    service: ClassVar[str]
    live = False
    folder: Path

    def start(self, folder: Path, config: Mapping[str, Any]) -> None:
        self.folder, self.live = folder, True
        self._guarded(lambda: self._start(folder, config))

    def loggers(self, round_: int) -> list[Logger]:
        return [FitCurves(self.service, self.log_fit, round_)] if self.live else []

    def log_fit(self, values: Mapping[str, float]) -> None:
        """Metrics of a step of a fit; ``fit/step`` and ``fit/round`` among them."""
        self._guarded(lambda: self._log_fit(values))

    def log_round(self, row: Mapping[str, Any]) -> None:
        known = {key: value for key, value in row.items() if isinstance(value, (int, float))}
        self._guarded(lambda: self._log_round(known))

    def log_query(self, query: Query) -> None:
        self._guarded(lambda: self._log_query(query))

    def finish(self, exit_code: int) -> None:
        if exit_code == 0:
            self._guarded(self._log_map_files)
        self._guarded(lambda: self._finish(exit_code))
        self.live = False

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _log_fit(self, values: Mapping[str, float]) -> None:
        raise NotImplementedError

    def _log_round(self, row: Mapping[str, float]) -> None:
        raise NotImplementedError

    def _log_query(self, query: Query) -> None:
        raise NotImplementedError

    def _log_map(self, page: Path, picture: Path) -> None:
        raise NotImplementedError

    def _finish(self, exit_code: int) -> None:
        raise NotImplementedError

    def _log_map_files(self) -> None:
        page, picture = self.folder / "map.html", self.folder / "map.png"
        if page.exists() and picture.exists():
            self._log_map(page, picture)

    def _guarded(self, action: Callable[[], object]) -> None:
        if not self.live:
            return
        try:
            action()
        except Exception as error:  # a service is not worth a run
            self.live = False
            reason = (str(error) or repr(error)).splitlines()[0]
            log.warning("%s: %s (the run goes on without it)", self.service, reason)


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
    """The test metrics of a round under the name they have against the cost."""
    return {BY_COST + name.removeprefix("test/"): value for name, value in row.items() if name.startswith("test/")}


def thumbnail(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A ``(C, H, W)`` image as ``(h, w)`` or ``(h, w, 3)``, no side longer than `THUMBNAIL`."""
    stride = max(1, -(-max(image.shape[1:]) // THUMBNAIL))
    return np.moveaxis(image[:, ::stride, ::stride], 0, -1).squeeze()
