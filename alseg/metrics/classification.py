"""Metrics of classification: accuracy, balance over the classes, and calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.functional.classification import (
    binary_auroc,
    multiclass_calibration_error,
    multiclass_f1_score,
    multiclass_precision,
    multiclass_recall,
)
from torchmetrics.utilities import dim_zero_cat

BINS = 15
"""Bins of the calibration error, as in Guo et al., "On Calibration of Modern Neural Networks", ICML 2017."""


MACRO = ("accuracy", "balanced_accuracy", "f1", "precision", "auroc", "ece")


class ClassificationMetrics(Metric):
    """Accuracy, macro recall, precision, F1 and AUROC, recall of each class, and expected calibration error (ECE).

    Macro values are means over the classes that the reference shows, so that all models are averaged over the same
    classes; a class that a model never predicts has precision and F1 0. AUROC is that of each class against all
    others. A value that cannot be known, such as the recall of a class that does not occur, is NaN.

    Args:
        classes: names of all classes.
    """

    full_state_update = False
    probabilities: list[Tensor]
    reference: list[Tensor]

    def __init__(self, classes: Sequence[str]) -> None:
        super().__init__()
        self.classes = tuple(classes)
        for state in ("probabilities", "reference"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values of :meth:`compute`."""
        return (*MACRO, *(f"recall_{name}" for name in self.classes))

    def update(self, logits: Tensor, reference: Tensor) -> None:
        """``(B, K)`` logits and ``(B,)`` class ids."""
        # Gathered whole and in float32: AUROC is exact then, and ties of 16-bit probabilities are not resolved by order.
        self.probabilities.append(logits.detach().float().softmax(dim=1))
        self.reference.append(reference.long())

    def compute(self) -> dict[str, float]:
        """``accuracy``, ``balanced_accuracy`` (macro recall), ``f1``, ``precision``, ``auroc``, ``ece``, ``recall_<class>``."""
        p, reference = dim_zero_cat(self.probabilities).cpu(), dim_zero_cat(self.reference).cpu()
        if not p.isfinite().all():  # a diverged network counts as unknown, not as predicting the first class
            return dict.fromkeys(self.names, math.nan)
        k = len(self.classes)
        shown = torch.bincount(reference, minlength=k)
        present = shown > 0
        predicted = p.argmax(dim=1)

        recall, precision, f1 = (
            measure(predicted, reference, k, average="none").double()
            for measure in (multiclass_recall, multiclass_precision, multiclass_f1_score)
        )
        values = {
            "accuracy": float((predicted == reference).double().mean()),
            "balanced_accuracy": float(recall[present].mean()),
            "f1": float(f1[present].mean()),
            "precision": float(precision[present].mean()),
            "auroc": _auroc(p, reference, present & (shown < len(reference))),
            "ece": float(multiclass_calibration_error(p, reference, k, n_bins=BINS, norm="l1")),
        }
        for name, value, there in zip(self.classes, recall, present):
            values[f"recall_{name}"] = float(value) if there else math.nan
        return values


def _auroc(probabilities: Tensor, reference: Tensor, known: Tensor) -> float:
    """Mean over the classes that some images have and some have not; NaN if there is none."""
    if not known.any():
        return math.nan
    classes = [int(c) for c in known.nonzero()]
    per_class = [binary_auroc(probabilities[:, c], (reference == c).long(), thresholds=None) for c in classes]
    return float(torch.stack(per_class).double().mean())
