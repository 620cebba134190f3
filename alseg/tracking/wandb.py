"""Weights & Biases: one W&B run per job, offline by default."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb

from alseg.tracking import acceptable as rules
from alseg.tracking import names
from alseg.tracking.service import BY_COST, ServiceTracker, by_cost, thumbnail
from alseg.tracking.tracker import Query

MODES = ("offline", "online", "disabled")
UPLOAD = 600
"""Seconds to wait for a slow upload at the end of a run; the rest is in the run folder, for ``wandb sync``."""
# older versions of W&B wait for ever
_patient: dict[str, Any] = {"finish_timeout": UPLOAD} if "finish_timeout" in wandb.Settings.model_fields else {}
SETTINGS = wandb.Settings(silent=True, console="off", x_disable_stats=True, **_patient)
DATA_DIR = "WANDB_DATA_DIR"
"""W&B's environment variable for the folder of thumbnails that wait for their upload."""


class WandbTracker(ServiceTracker):
    """Logs curves, round metrics against ``n_labelled`` and cost, a table with thumbnails per query, and the map.

    The run's id is kept in the run folder, so that a resumed job goes on in the same W&B run. Errors of
    W&B are logged once; the run goes on.

    Args:
        project: W&B project.
        mode: ``offline`` (upload later with ``wandb sync``), ``online`` or ``disabled``.
        entity: W&B team; None for the default.
        tags: of the run, besides strategy, data set, learner, budget and seed.
        pictures: that leave the machine with ``wandb sync``, see `alseg.tracking.service.PICTURES`.

    Raises:
        ValueError: if there is no such mode, or no such choice of pictures.
    """

    service = "Weights & Biases"

    def __init__(
        self,
        project: str = "alseg",
        mode: str = "offline",
        entity: str | None = None,
        tags: Sequence[str] = (),
        pictures: str = "queries",
    ) -> None:
        super().__init__(pictures)
        if mode not in MODES:
            raise ValueError(f"mode={mode}: choose {', '.join(MODES)}")
        self.project, self.mode, self.entity, self.tags = project, mode, entity, tags
        self.run: wandb.Run | None = None
        self._data_dir = os.environ.get(DATA_DIR)

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        if self._data_dir is None:  # else they would lie in the home folder, away from the run they belong to
            os.environ[DATA_DIR] = str(folder.resolve() / "wandb" / "data")
        self.run = wandb.init(
            project=self._named(self.project, rules.PROJECT),
            entity=self.entity,
            mode=self.mode,  # type: ignore[arg-type]
            id=names.run_id(folder, "wandb"),
            resume="allow" if self.mode == "online" else None,
            reinit="create_new",
            dir=str(folder),
            config=dict(config),
            group=names.group(folder, config),
            name=names.title(config),
            tags=[*names.words(config), *(self._named(str(tag), rules.TAG) for tag in self.tags if str(tag).strip())],
            settings=SETTINGS,
        )
        self.run.define_metric("n_labelled")
        self.run.define_metric("cost", step_metric="n_labelled")
        for pattern in ("test/*", "val/*", "labels/*", "seconds_*", "round"):
            self.run.define_metric(pattern, step_metric="n_labelled")
        self.run.define_metric(f"{BY_COST}*", step_metric="cost")
        self.run.define_metric("fit/step")
        self.run.define_metric("fit/*", step_metric="fit/step")

    def _log_fit(self, values: Mapping[str, float]) -> None:
        self._log_values(values)

    def _log_round(self, row: Mapping[str, float]) -> None:
        self._log_values({**row, **by_cost(row)})

    def _log_values(self, values: Mapping[str, float]) -> None:
        self._log({self._named(name, rules.METRIC): value for name, value in values.items()})

    def _log_query(self, query: Query) -> None:
        pictured = len(query.images) > 0
        columns = ["strategy", "order", "id", "group", "score", *(["image"] if pictured else [])]
        about = query.about(*columns)
        table = wandb.Table(columns=[*columns, *about])
        scores: Sequence[float | None] = query.scores or [None] * len(query.ids)
        images = [wandb.Image(thumbnail(image)) for image in query.images]
        for order, (id_, group, score) in enumerate(zip(query.ids, query.groups, scores)):
            shown = [images[order] if order < len(images) else None] if pictured else []
            table.add_data(
                query.strategy, order, id_, group, score, *shown, *(cells[order] for cells in about.values())
            )
        self._log({f"query/{query.round:02d}": table})  # one key for all strategies: one panel shows them all

    def _log_map(self, page: Path | None, picture: Path) -> None:
        # inject=False: the page has its own style, and W&B's would stand in its way
        pages = {} if page is None else {"map/page": wandb.Html(str(page), inject=False)}
        self._log({**pages, "map/picture": wandb.Image(str(picture))})

    def _finish(self, exit_code: int) -> None:
        if self.run:
            self.run.finish(exit_code=exit_code)
        self.run = None
        if self._data_dir is None:
            os.environ.pop(DATA_DIR, None)

    def _log(self, values: Mapping[str, Any]) -> None:
        if self.run:
            self.run.log(dict(values))
