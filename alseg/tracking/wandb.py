"""Weights & Biases: one W&B run per job, offline by default."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import wandb
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from alseg.errors import ConfigError
from alseg.files import write_text
from alseg.tracking.tracker import Query, Tracker

log = logging.getLogger(__name__)

THUMBNAIL = 128
"""Longest side of a thumbnail, in pixels."""


class WandbTracker(Tracker):
    """Curves of every fit, metrics of every round against ``n_labelled``, and a table with thumbnails per query.

    The run's id is kept in the run folder, so that a resumed job goes on in the same W&B run. Whatever goes wrong with
    W&B is said once in the log; the experiment goes on.

    Args:
        project: W&B project.
        mode: ``offline`` (upload later with ``wandb sync``), ``online`` or ``disabled``.
        entity: W&B team; None for the default.
        tags: of the run, besides strategy, data set and learner.
        thumbnails: whether query tables hold images.

    Raises:
        ConfigError: if there is no such mode.
    """

    def __init__(
        self,
        project: str = "alseg",
        mode: str = "offline",
        entity: str | None = None,
        tags: tuple[str, ...] = (),
        thumbnails: bool = True,
    ) -> None:
        if mode not in ("offline", "online", "disabled"):
            raise ConfigError(f"logger.mode={mode}: choose offline, online or disabled")
        self.project, self.mode, self.entity, self.tags, self.thumbnails = project, mode, entity, tags, thumbnails
        self.run: wandb.Run | None = None

    def start(self, folder: Path, config: Mapping[str, Any]) -> None:
        self._try(lambda: self._start(folder, config))

    def loggers(self, round_: int) -> list[Logger]:
        return [] if self.run is None else [_FitCurves(self, round_)]

    def log_round(self, row: Mapping[str, Any]) -> None:
        self.log({key: value for key, value in row.items() if value is not None})

    def log_query(self, query: Query) -> None:
        self._try(lambda: self._log_query(query))

    def finish(self, exit_code: int) -> None:
        self._try(lambda: self.run.finish(exit_code=exit_code) if self.run else None)
        self.run = None

    def log(self, values: Mapping[str, Any]) -> None:
        """Send values to W&B."""
        self._try(lambda: self.run.log(dict(values)) if self.run else None)

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        stored = folder / "wandb_id"
        run_id = stored.read_text(encoding="utf-8").strip() if stored.exists() else uuid.uuid4().hex[:8]
        write_text(stored, run_id + "\n")
        groups = ("strategy", "data", "learner")
        names = {group: (config.get(group) or {}).get("name") for group in groups}
        self.run = wandb.init(
            project=self.project,
            entity=self.entity,
            mode=self.mode,  # type: ignore[arg-type]
            id=run_id,
            resume="allow" if self.mode == "online" else None,
            reinit="create_new",
            dir=str(folder),
            config=dict(config),
            group=config.get("name"),
            name="-".join(str(names[group]) for group in groups) + f"-seed{config.get('seed')}",
            tags=[*(str(name) for name in names.values() if name), *self.tags],
            settings=wandb.Settings(silent=True, console="off", x_disable_stats=True),
        )
        self.run.define_metric("n_labelled")
        for pattern in ("test/*", "val/*", "cost", "seconds_*", "round"):
            self.run.define_metric(pattern, step_metric="n_labelled")
        self.run.define_metric("fit/step")
        self.run.define_metric("fit/*", step_metric="fit/step")

    def _log_query(self, query: Query) -> None:
        if self.run is None:
            return
        columns: list[str | int] = ["order", "id", "group", "score", *(["image"] if self.thumbnails else [])]
        table = wandb.Table(columns=columns)
        scores: Sequence[float | None] = query.scores or [None] * len(query.ids)
        for order, (id_, group, score, image) in enumerate(zip(query.ids, query.groups, scores, query.images)):
            stride = max(1, -(-max(image.shape[1:]) // THUMBNAIL))
            small = np.moveaxis(image[:, ::stride, ::stride], 0, -1).squeeze()
            table.add_data(order, id_, group, score, *([wandb.Image(small)] if self.thumbnails else []))
        self.run.log({f"query/{query.round:02d}_{query.strategy}": table})

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:
            log.warning(
                "Weights & Biases: %s (the run goes on without it)", (str(error) or repr(error)).splitlines()[0]
            )
            self.run = None


class _FitCurves(Logger):
    """Lightning's metrics of one fit as ``fit/*`` against a step that goes on over the rounds."""

    def __init__(self, tracker: WandbTracker, round_: int) -> None:
        super().__init__()
        self.tracker, self.round = tracker, round_

    @property
    def name(self) -> str:
        return "wandb"

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
        self.tracker.log(values | {"fit/step": step or 0, "fit/round": self.round})
