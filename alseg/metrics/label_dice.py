"""Dice of labels against the truth, on the pixels that they say something of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE
from alseg.metrics.segmentation import SegmentationMetrics


def label_dice(labels: NDArray[np.uint8], truth: NDArray[np.uint8], classes: Sequence[str]) -> float:
    """Mean over images, then over the foreground classes; see `SegmentationMetrics`.

    Args:
        labels: ``(n, H, W)`` class ids; where they are 255, nobody has looked, which is neither right nor wrong.
        truth: ``(n, H, W)`` class ids, left out where they are 255.
        classes: names, the background first.

    Returns:
        NaN where no pixel with a label shows a class, in either.
    """
    metrics = SegmentationMetrics(classes, "px", distances=False)
    known = np.where(labels == IGNORE, IGNORE, truth)
    metrics.update(torch.from_numpy(labels), torch.from_numpy(known), torch.ones(len(labels), 2))
    return metrics.compute()["dice"]
