"""TensorBoard: event files in the run folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from alseg.tracking import names
from alseg.tracking.service import ServiceTracker, by_cost, thumbnail
from alseg.tracking.tracker import Query

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoardTracker(ServiceTracker):
    """Curves, round metrics, the thumbnails of every query and the picture of the map; ``tensorboard --logdir runs`` shows them.

    The x axis is the step for ``fit/*``, seconds of annotation for ``by_cost/*``, and the number of labelled images for
    everything else. The folder of a run tells its condition, so TensorBoard's own choice of runs finds it.

    Args:
        thumbnails: whether queries are shown as images.

    Raises:
        ValueError: if the package tensorboard is not installed.
    """

    service = "TensorBoard"

    def __init__(self, thumbnails: bool = True) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise ValueError("the package tensorboard is not installed: pip install 'alseg[tensorboard]'")
        self.thumbnails = thumbnails
        self.writer: SummaryWriter | None = None
        self._labelled = 0

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder / "tensorboard"))
        lines = [f"| {key} | {value} |" for key, value in names.tags(config).items()]
        self.writer.add_text("run", "\n".join(["| | |", "|---|---|", *lines]), 0)

    def _log_fit(self, values: Mapping[str, float]) -> None:
        assert self.writer
        step, round_ = int(values["fit/step"]), int(values["fit/round"])
        for name, value in values.items():
            if name not in ("fit/step", "fit/round"):
                self.writer.add_scalar(f"{name}/round_{round_:02d}", float(value), step)

    def _log_round(self, row: Mapping[str, float]) -> None:
        assert self.writer
        self._labelled = int(row["n_labelled"])
        for name, value in row.items():
            if name != "n_labelled":
                self.writer.add_scalar(name, value, self._labelled)
        for name, value in by_cost(row).items():
            self.writer.add_scalar(name, value, round(row["cost"]))
        self.writer.flush()

    def _log_query(self, query: Query) -> None:
        assert self.writer
        scores: Sequence[float | None] = query.scores or [None] * len(query.ids)
        lines = [
            f"| {order} | {id_} | {group} | {'' if score is None else f'{score:.4g}'} |"
            for order, (id_, group, score) in enumerate(zip(query.ids, query.groups, scores))
        ]
        head = ["| order | id | group | score |", "|---|---|---|---|"]
        self.writer.add_text(f"query/{query.strategy}", "\n".join([*head, *lines]), query.round)
        if self.thumbnails:
            shown = np.stack([np.atleast_3d(thumbnail(image)) for image in query.images])
            self.writer.add_images(f"query/{query.strategy}", shown, query.round, dataformats="NHWC")

    def _log_map(self, page: Path, picture: Path) -> None:
        assert self.writer
        with Image.open(picture) as image:
            self.writer.add_image("map", np.asarray(image.convert("RGB")), self._labelled, dataformats="HWC")

    def _finish(self, exit_code: int) -> None:
        if self.writer:
            self.writer.close()
        self.writer = None
