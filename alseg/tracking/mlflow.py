"""MLflow: one MLflow run per job, on a server or in a local file."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from alseg.files import write_text
from alseg.tracking import acceptable as rules
from alseg.tracking import names
from alseg.tracking.service import ServiceTracker, by_cost, thumbnail
from alseg.tracking.tracker import Query, was_interrupted

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

BATCH = 500
"""Values sent at once; MLflow takes 1000."""
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""Limits that let a lost server delay a run by a minute at most; MLflow's own settings allow a quarter of an hour."""


class MlflowTracker(ServiceTracker):
    """Logs curves, round metrics against ``n_labelled`` and cost, a table with thumbnails per query, and the map.

    The x axis is the step for ``fit/*``, seconds of annotation for ``by_cost/*``, and the number of labelled images for
    everything else. The runs of a sweep share the tag ``sweep``. The run's id is kept in the run folder, so that a resumed
    job goes on in the same run.

    Args:
        uri: of the tracking server or store.
        experiment: MLflow experiment; it is made if it is not there.
        pictures: see `alseg.tracking.service.PICTURES`.

    Raises:
        ValueError: if the package mlflow is not installed, or there is no such choice of pictures.
    """

    service = "MLflow"

    def __init__(
        self, uri: str = "sqlite:///runs/mlflow.db", experiment: str = "alseg", pictures: str = "queries"
    ) -> None:
        super().__init__(pictures)
        if importlib.util.find_spec("mlflow") is None:
            raise ValueError("the package mlflow is not installed: pip install 'alseg[mlflow]'")
        self.uri, self.experiment = uri, experiment
        self.client: MlflowClient | None = None
        self.run_id = ""

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        for key, value in PATIENCE.items():
            os.environ.setdefault(key, value)
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        if self.uri.startswith("sqlite:///"):
            Path(self.uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self.client = MlflowClient(self.uri)
        stored = folder / "mlflow_id"
        if stored.exists():
            self.run_id = stored.read_text(encoding="utf-8").strip()
            self.client.update_run(self.run_id, status="RUNNING")
            return
        experiment = self._named(self.experiment, rules.EXPERIMENT)
        found = self.client.get_experiment_by_name(experiment)
        try:
            where = found.experiment_id if found else self.client.create_experiment(experiment)
        except MlflowException:  # another job was faster
            where = self.client.get_experiment_by_name(experiment).experiment_id  # type: ignore[union-attr]
        tags = names.tags(config) | {"sweep": names.group(folder, config)}
        run = self.client.create_run(
            where,
            tags={key: self._named(value, rules.TAG_VALUE) for key, value in tags.items()},
            run_name=names.title(config),
        )
        self.run_id = run.info.run_id
        write_text(stored, self.run_id + "\n")
        self._guarded(lambda: self._log_config(config))

    def _log_config(self, config: Mapping[str, Any]) -> None:
        assert self.client
        self.client.log_dict(self.run_id, dict(config), "config.yaml")

    def _log_fit(self, values: Mapping[str, float]) -> None:
        step, round_ = int(values["fit/step"]), int(values["fit/round"])
        kept = {name: value for name, value in values.items() if name not in ("fit/step", "fit/round")}
        self._log(kept, step, f"/round_{round_:02d}")

    def _log_round(self, row: Mapping[str, float]) -> None:
        self._log({name: value for name, value in row.items() if name != "n_labelled"}, int(row["n_labelled"]))
        self._log(by_cost(row), round(row["cost"]))

    def _log_query(self, query: Query) -> None:
        assert self.client
        name = f"query/{query.round:02d}"
        scores: Sequence[float | None] = query.scores or [None] * len(query.ids)
        of = {"strategy": query.strategy, "order": range(len(query.ids))}
        columns = {**of, "id": query.ids, "group": query.groups, "score": scores}
        table = pd.DataFrame({**columns, **query.about(*columns)})
        self.client.log_table(self.run_id, table, f"{name}.json")
        self._each(enumerate(query.images), lambda item: self._log_thumbnail(f"{name}/{item[0]:03d}.png", item[1]))

    def _log_thumbnail(self, name: str, image: NDArray[np.uint8]) -> None:
        assert self.client
        self.client.log_image(self.run_id, Image.fromarray(thumbnail(image)), name)

    def _log_map(self, page: Path | None, picture: Path) -> None:
        assert self.client
        for file in filter(None, (page, picture)):
            self.client.log_artifact(self.run_id, str(file), "map")

    def _finish(self, exit_code: int) -> None:
        if self.client and self.run_id:
            failed = "KILLED" if was_interrupted(exit_code) else "FAILED"
            self.client.set_terminated(self.run_id, failed if exit_code else "FINISHED")
        self.client = None

    def _log(self, values: Mapping[str, float], step: int, suffix: str = "") -> None:
        from mlflow.entities import Metric

        now = int(pd.Timestamp.now("UTC").timestamp() * 1000)
        metrics = [
            Metric(self._named(name, rules.METRIC) + suffix, float(value), now, step) for name, value in values.items()
        ]
        for start in range(0, len(metrics), BATCH):
            self._together(metrics[start : start + BATCH], self._send)

    def _send(self, metrics: Sequence[Metric]) -> None:
        assert self.client
        self.client.log_batch(self.run_id, metrics)
