"""TensorBoard: event files in the run folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from alseg.tracking import acceptable as rules
from alseg.tracking import names
from alseg.tracking.service import ServiceTracker, by_cost, thumbnail
from alseg.tracking.tracker import Query

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoardTracker(ServiceTracker):
    """Logs curves, round metrics, thumbnails of queries and the picture of the map; see ``tensorboard --logdir runs``.

    The x axis is the step for ``fit/*``, seconds of annotation for ``by_cost/*``, and the number of labelled images for
    everything else. The name of a run's folder holds its condition, so TensorBoard's filter of runs finds it.

    Args:
        pictures: see `alseg.tracking.service.PICTURES`; the map's page is never among them.

    Raises:
        ValueError: if the package tensorboard is not installed, or there is no such choice of pictures.
    """

    service = "TensorBoard"

    def __init__(self, pictures: str = "queries") -> None:
        super().__init__(pictures)
        if importlib.util.find_spec("tensorboard") is None:
            raise ValueError("the package tensorboard is not installed: pip install 'alseg[tensorboard]'")
        self.writer: SummaryWriter | None = None
        self._labelled = 0

    def _start(self, folder: Path, config: Mapping[str, Any]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder / "tensorboard"))
        lines = [f"| {key} | {_cell(value)} |" for key, value in names.tags(config).items()]
        self.writer.add_text("run", "\n".join(["| | |", "|---|---|", *lines]), 0)

    def _log_fit(self, values: Mapping[str, float]) -> None:
        step, round_ = int(values["fit/step"]), int(values["fit/round"])
        kept = {name: value for name, value in values.items() if name not in ("fit/step", "fit/round")}
        self._log(kept, step, f"/round_{round_:02d}")

    def _log_round(self, row: Mapping[str, float]) -> None:
        assert self.writer
        self._labelled = int(row["n_labelled"])
        self._log({name: value for name, value in row.items() if name != "n_labelled"}, self._labelled)
        self._log(by_cost(row), round(row["cost"]))
        self.writer.flush()

    def _log_query(self, query: Query) -> None:
        assert self.writer
        scores: Sequence[float | None] = query.scores or [None] * len(query.ids)
        names = ("order", "id", "group", "score")
        about = query.about(*names)
        told = list(zip(*about.values())) or [()] * len(query.ids)
        rows = [
            (order, id_, group, "" if score is None else f"{score:.4g}", *more)
            for order, (id_, group, score, more) in enumerate(zip(query.ids, query.groups, scores, told))
        ]
        lines = [_row(row) for row in ((*names, *about), ["---"] * (len(names) + len(about)), *rows)]
        name = self._named(f"query/{query.strategy}", rules.CURVE)
        self.writer.add_text(name, "\n".join(lines), query.round)
        if len(query.images):
            shown = np.stack([np.atleast_3d(thumbnail(image)) for image in query.images])
            self.writer.add_images(name, shown, query.round, dataformats="NHWC")

    def _log_map(self, page: Path | None, picture: Path) -> None:
        assert self.writer
        with Image.open(picture) as image:
            self.writer.add_image("map", np.asarray(image.convert("RGB")), self._labelled, dataformats="HWC")

    def _finish(self, exit_code: int) -> None:
        if self.writer:
            self.writer.close()
        self.writer = None

    def _log(self, values: Mapping[str, float], step: int, suffix: str = "") -> None:
        self._each(values.items(), lambda item: self._add(self._named(item[0], rules.CURVE) + suffix, item[1], step))

    def _add(self, name: str, value: float, step: int) -> None:
        assert self.writer
        self.writer.add_scalar(name, float(value), step)


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: object) -> str:
    """Escape a text for a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")
