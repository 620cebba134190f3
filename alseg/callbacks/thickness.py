"""Measurement of the carotid intima-media thickness (CIMT) of every test image, while a model is tested."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
from numpy.typing import NDArray
from torch import Tensor

from alseg import distributed
from alseg.callbacks.callback import Callback
from alseg.callbacks.events import EvaluationEnd
from alseg.callbacks.run import Run
from alseg.data.dataset import IGNORE, Dataset
from alseg.metrics.agreement import agreement
from alseg.metrics.cimt import boundaries, compare, thickness
from alseg.prediction import Batch

TABLE = "cimt.csv"
UM = 1000.0
"""Micrometres in a millimetre: the CIMT is written in mm, its errors in µm."""
LENGTHS = ("reference_mm", "predicted_mm", "reference_max_mm", "predicted_max_mm", "li_mm", "ma_mm")


class ThicknessMeter(pl.Callback):
    """Measures prediction and reference of each test image on the columns that both show; keeps no masks.

    Any learner will do whose ``test_step`` returns the ``(B, H, W)`` class ids that it predicts. Pixels whose reference
    is 255 are left out.

    Args:
        dataset: ids of the images, and the size of their pixels in mm.
        wall: name of the class whose thickness is measured.
    """

    def __init__(self, dataset: Dataset, wall: str) -> None:
        self.dataset = dataset
        self.wall = dataset.classes.index(wall)
        self.found: list[tuple[int, dict[str, float]]] = []

    def on_test_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Batch, *_: Any
    ) -> None:
        """Measure one batch."""
        if not isinstance(outputs, Tensor) or outputs.shape != batch["target"].shape:
            raise TypeError(
                f"{type(pl_module).__name__}.test_step must return the class ids (B, H, W) that it predicts"
            )
        rows, targets = batch["row"].tolist(), batch["target"].cpu().numpy()
        for row, predicted, reference in zip(rows, outputs.cpu().numpy(), targets):
            predicted = np.where(reference == IGNORE, IGNORE, predicted)
            self.found.append((row, self._one(predicted, reference, self.dataset.spacing[row])))

    def table(self) -> pd.DataFrame:
        """One line per test image, those of all ranks, in the order of the data set.

        The columns are ``id`` and ``group``; ``reference_mm``, ``predicted_mm``, ``reference_max_mm`` and
        ``predicted_max_mm``, mean and maximum thickness; ``li_mm`` and ``ma_mm``, how far the two LI and the two MA
        boundaries lie apart; and ``columns``, on how many pixel columns. Where the prediction shows no wall on enough of
        the reference's columns, what depends on it is NaN, and the reference is measured on all of its own.
        """
        found = sorted(distributed.gather(self.found), key=lambda one: one[0])
        rows = [row for row, _ in found]
        names = {what: [getattr(self.dataset, f"{what}s")[row] for row in rows] for what in ("id", "group")}
        lengths = {key: [values.get(key, np.nan) for _, values in found] for key in LENGTHS}
        columns = [int(values.get("columns", 0)) for _, values in found]
        return pd.DataFrame({**names, **lengths, "columns": columns})

    def _one(self, predicted: NDArray[Any], reference: NDArray[Any], spacing: NDArray[np.float64]) -> dict[str, float]:
        theirs, truth = (boundaries(mask, foreground=self.wall) for mask in (predicted, reference))
        if truth is None:
            return {}
        both = None if theirs is None else compare(theirs, truth, spacing)
        if both is None:
            own = thickness(truth, spacing)
            return {"reference_mm": own.mean, "reference_max_mm": own.maximum}
        return {
            "reference_mm": both.reference.mean,
            "predicted_mm": both.predicted.mean,
            "reference_max_mm": both.reference.maximum,
            "predicted_max_mm": both.predicted.maximum,
            "li_mm": both.li,
            "ma_mm": both.ma,
            "columns": both.columns,
        }


def thickness_metrics(table: pd.DataFrame) -> dict[str, float]:
    """The ``test/cimt_*`` columns of a round, from `ThicknessMeter.table`; NaN where the images do not determine one.

    Lengths are means over the images that could be measured, in µm; see `Agreement` for the rest.
    """
    found = agreement(table["predicted_mm"].to_numpy(), table["reference_mm"].to_numpy())
    lengths = table[table["predicted_mm"].notna()].mean(numeric_only=True) * UM
    return {
        "test/cimt_um": float(lengths["predicted_mm"]),
        "test/cimt_reference_um": float(lengths["reference_mm"]),
        "test/cimt_bias_um": UM * found.bias,
        "test/cimt_sd_um": UM * found.sd,
        "test/cimt_abs_bias_um": UM * found.mean_absolute,
        "test/cimt_li_um": float(lengths["li_mm"]),
        "test/cimt_ma_um": float(lengths["ma_mm"]),
        "test/cimt_pearson": found.pearson,
        "test/cimt_icc": found.icc,
        "test/cimt_cv": found.cv,
        "test/cimt_failures": found.failure_rate,
    }


class WallThickness(Callback):
    """Measures the wall thickness of every test image where the data set declares its wall (``data.cimt``).

    Writes ``cimt.csv`` into the round and contributes the ``test/cimt_*`` metrics.
    """

    def __init__(self) -> None:
        self._meter: ThicknessMeter | None = None

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        dataset: Dataset = trainer.datamodule.dataset  # type: ignore[attr-defined]
        self._meter = None if dataset.cimt is None else ThicknessMeter(dataset, dataset.cimt)

    def on_test_batch_end(self, *batch: Any) -> None:
        if self._meter is not None:
            self._meter.on_test_batch_end(*batch)

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        if self._meter is None:
            return
        table = self._meter.table()
        run.write_table(TABLE, table)
        run.log_metrics(thickness_metrics(table))
        self._meter = None
