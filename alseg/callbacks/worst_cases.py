"""Scores of the model of a round on every test image, and pictures of its worst cases."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg import distributed
from alseg.callbacks.callback import Callback
from alseg.callbacks.events import EvaluationEnd
from alseg.callbacks.run import Run
from alseg.data.dataset import Dataset
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.pictures.contact_sheet import contact_sheet
from alseg.pictures.outlines import outlined, picture
from alseg.prediction import Batch

CASES, WORST = "cases.csv", "worst.jpg"
QUALITY = 85


@dataclass(frozen=True)
class Case:
    """One test image.

    Args:
        row: its row in the data set.
        goodness: rank value, higher is better; NaN where it is undefined.
        values: measured values by column of the table.
    """

    row: int
    goodness: float
    values: Mapping[str, Any]

    @property
    def rank(self) -> tuple[float, int]:
        """Sort key, the worst first; equal ones in the order of the data set."""
        return (math.inf if math.isnan(self.goodness) else self.goodness, self.row)


class CaseMeter(pl.Callback):
    """Measures each test image, and keeps the predictions of the worst ones alone.

    Segmentations are ranked by their Dice, the mean over the foreground classes that prediction or reference shows;
    classifications by the probability of the true class. ``test_step`` must return class ids ``(B, H, W)`` or
    probabilities ``(B, K)``; images of a learner that returns None are not measured.

    On several ranks each measures its part, and `gather` brings them together: call it on all of them.

    Args:
        dataset: the images and their ids.
        worst: number of images to keep a picture of.
    """

    def __init__(self, dataset: Dataset, worst: int) -> None:
        self.dataset = dataset
        self.worst = worst
        self.cases: list[Case] = []
        self._worst: list[Case] = []
        self._masks: dict[int, NDArray[np.uint8]] = {}
        self._overlap = SegmentationMetrics(dataset.classes, dataset.unit, distances=False)

    def on_test_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Batch, *_: Any
    ) -> None:
        """Measure one batch."""
        if outputs is None:
            return
        rows, target = batch["row"].tolist(), batch["target"].cpu()
        segments = self.dataset.task == "segmentation"
        expected = target.shape if segments else (len(rows), len(self.dataset.classes))
        if not isinstance(outputs, Tensor) or outputs.shape != expected:
            what = "the class ids (B, H, W) that it predicts" if segments else "the probabilities (B, K) of the classes"
            raise TypeError(f"{type(pl_module).__name__}.test_step must return {what}")
        outputs = outputs.detach().cpu()
        self._keep(self._segmentations(rows, outputs, target) if segments else self._classes(rows, outputs, target))
        if segments:
            here = dict(zip(rows, outputs.numpy().astype(np.uint8)))
            self._masks = {case.row: (here | self._masks)[case.row].copy() for case in self._worst}

    def gather(self) -> None:
        """Share the measurements of all ranks with each of them."""
        masks = distributed.gather([*self._masks.items()])
        cases = distributed.gather(self.cases)
        self.cases, self._worst, self._masks = [], [], dict(masks)
        self._keep(cases)

    def table(self) -> pd.DataFrame:
        """One line per test image, in the order of the data set.

        The columns are ``id``, ``group``, what was measured (``dice`` and ``dice_<class>``, empty where neither side
        shows the class; for classification ``true``, ``predicted``, ``confidence`` and ``probability``, that of the true
        class) and ``worst``, its place among the pictures, from 0.
        """
        place = {case.row: i for i, case in enumerate(self._worst)}
        lines = []
        for case in sorted(self.cases, key=lambda case: case.row):
            names = {"id": self.dataset.ids[case.row], "group": self.dataset.groups[case.row]}
            lines.append({**names, **case.values, "worst": place.get(case.row)})
        return pd.DataFrame(lines).astype({"worst": "Int64"})

    def sheet(self) -> bytes:
        """Contact sheet of the worst, in their order: segmentations with outlines of truth and prediction."""
        return contact_sheet(np.stack([self._picture(case.row) for case in self._worst]), QUALITY)

    def _picture(self, row: int) -> NDArray[np.uint8]:
        image, mask = self.dataset.images[row], self._masks.get(row)
        return picture(image) if mask is None else outlined(image, self.dataset.targets[row], mask)

    def _keep(self, cases: list[Case]) -> None:
        self.cases += cases
        self._worst = heapq.nsmallest(self.worst, self._worst + cases, key=lambda case: case.rank)

    def _segmentations(self, rows: list[int], predicted: Tensor, reference: Tensor) -> list[Case]:
        self._overlap.update(predicted, reference, torch.ones(len(rows), 2))
        dice = self._overlap.dice[-1].double().numpy()
        self._overlap.reset()
        names = [f"dice_{name}" for name in self.dataset.classes[1:]]
        found = []
        for row, values in zip(rows, dice):
            mean = float(np.nanmean(values)) if not np.isnan(values).all() else math.nan
            found.append(Case(row, mean, {"dice": mean, **dict(zip(names, values.tolist()))}))
        return found

    def _classes(self, rows: list[int], probabilities: Tensor, target: Tensor) -> list[Case]:
        classes, found = self.dataset.classes, []
        for row, each, true in zip(rows, probabilities.double().numpy(), target.tolist()):
            best = int(each.argmax())
            values = {"true": classes[true], "predicted": classes[best], "confidence": each[best]}
            found.append(Case(row, float(each[true]), {**values, "probability": each[true]}))
        return found


class WorstCases(Callback):
    """Writes ``cases.csv``, a line per test image, and ``worst.jpg``, pictures of the worst predictions of a round.

    Args:
        worst: number of images to keep a picture of; with 0 no image is measured by itself.

    Raises:
        ValueError: if it is negative.
    """

    def __init__(self, worst: int = 8) -> None:
        if worst < 0:
            raise ValueError(f"worst={worst}: 0 or more, of how many test images a picture is kept")
        self.worst = worst
        self._meter: CaseMeter | None = None

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._meter = CaseMeter(trainer.datamodule.dataset, self.worst) if self.worst else None  # type: ignore[attr-defined]

    def on_test_batch_end(self, *batch: Any) -> None:
        if self._meter is not None:
            self._meter.on_test_batch_end(*batch)

    def on_evaluation_end(self, run: Run, evaluation: EvaluationEnd) -> None:
        if self._meter is None:
            return
        self._meter.gather()
        if self._meter.cases:
            run.write_table(CASES, self._meter.table())
            run.write_file(WORST, self._meter.sheet())
        self._meter = None
