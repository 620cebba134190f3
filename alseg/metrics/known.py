"""The metrics that alseg measures by itself, described without the packages that compute them."""

from __future__ import annotations

from alseg.metrics import cimt
from alseg.metrics.metric import Metric

SEGMENTATION = (
    Metric("dice", "Dice", higher_is_better=True, fraction=True),
    Metric("iou", "IoU", higher_is_better=True, fraction=True),
    Metric("hd", "HD", higher_is_better=False),
    Metric("hd95", "HD95", higher_is_better=False),
    Metric("asd", "ASD", higher_is_better=False),
    Metric("empty", "Empty predictions", higher_is_better=False),
)
CLASSIFICATION = (
    Metric("accuracy", "Accuracy", higher_is_better=True, fraction=True),
    Metric("balanced_accuracy", "Balanced accuracy", higher_is_better=True, fraction=True),
    Metric("auroc", "AUROC", higher_is_better=True, fraction=True),
    Metric("f1", "Macro F1", higher_is_better=True, fraction=True),
    Metric("precision", "Macro precision", higher_is_better=True, fraction=True),
    Metric("recall", "Recall", higher_is_better=True, fraction=True),
    Metric("ece", "Calibration error (ECE)", higher_is_better=False, digits=3),
)
BOTH = (Metric("loss", "Loss", higher_is_better=False),)

KNOWN = {metric.name: metric for metric in (*SEGMENTATION, *CLASSIFICATION, *BOTH, *cimt.METRICS)}
"""Metrics by name."""
