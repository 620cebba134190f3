"""Contributions of single images to a metric that is a mean, over classes, of ratios of totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Contributions:
    """Each unit's part in the totals of a metric.

    The metric of some units is the mean over the classes with a positive total of ``shown`` of the total of ``over`` divided by
    that of ``under``: mean Dice, accuracy, balanced accuracy and macro F1 are all of this form.

    Args:
        over: ``(n, K)`` numerators.
        under: ``(n, K)`` denominators.
        shown: ``(n, K)`` counts, positive where the class is to count.
    """

    over: NDArray[np.float64]
    under: NDArray[np.float64]
    shown: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.over)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Contributions:
        """Those of some units."""
        return Contributions(self.over[rows], self.under[rows], self.shown[rows])

    def summed(self, of: NDArray[np.intp], n: int) -> Contributions:
        """Totals of n larger units, volumes say: ``of`` is the place of each unit's own."""
        found = []
        for part in (self.over, self.under, self.shown):
            total = np.zeros((n, part.shape[1]))
            np.add.at(total, of, part)
            found.append(total)
        return Contributions(*found)


def of_overlap(dice: NDArray[np.float64]) -> dict[str, Contributions]:
    """``dice`` and ``iou`` of ``(n, K)`` Dice per image and foreground class, NaN where neither side shows the class.

    As `alseg.metrics.segmentation.SegmentationMetrics` has it: per image and class, averaged over images, then over classes.
    """
    shown = np.isfinite(dice).astype(float)
    filled = np.where(shown > 0, dice, 0.0)
    return {"dice": Contributions(filled, shown, shown), "iou": Contributions(filled / (2 - filled), shown, shown)}


def of_classes(predicted: NDArray[np.int64], true: NDArray[np.int64], classes: int) -> dict[str, Contributions]:
    """``accuracy``, ``balanced_accuracy`` and ``f1`` of ``(n,)`` class ids, as `ClassificationMetrics` has them."""
    p, t = (np.eye(classes)[ids] for ids in (predicted, true))
    right = (predicted == true).astype(float)[:, None]
    one = np.ones_like(right)
    return {
        "accuracy": Contributions(right, one, one),
        "balanced_accuracy": Contributions(p * t, t, t),
        "f1": Contributions(2 * p * t, p + t, t),
    }


def metric_of(some: Contributions) -> float:
    """The metric of all units together; NaN where no class is shown."""
    over, under, shown = (part.sum(axis=0) for part in (some.over, some.under, some.shown))
    there = shown > 0
    return float(np.mean(over[there] / under[there])) if there.any() else float("nan")


def stacked(some: Sequence[Contributions]) -> Contributions:
    """Those of several sets of units, one after another."""
    return Contributions(*(np.concatenate([getattr(one, key) for one in some]) for key in ("over", "under", "shown")))
