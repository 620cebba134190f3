"""Reductions of a map of pixel scores to one score per image.

The mean over all pixels favours images with much of everything; on small structures the background drowns the signal,
so the other rules look only where the structure is, or where the scores are largest.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


class Reduction(Protocol):
    """A rule that reduces pixel scores."""

    def __call__(self, scores: Tensor, probabilities: Tensor) -> Tensor:
        """``(B, H, W)`` scores and ``(B, C, H, W)`` mean class probabilities give ``(B,)`` scores."""


class Mean:
    """The mean over all pixels."""

    def __call__(self, scores: Tensor, probabilities: Tensor) -> Tensor:
        return scores.flatten(1).mean(dim=1)


class Foreground:
    """The mean over the pixels predicted as any class but 0; over all pixels where there is none."""

    def __call__(self, scores: Tensor, probabilities: Tensor) -> Tensor:
        return _masked_mean(scores, probabilities.argmax(dim=1) > 0)


class Boundary:
    """The mean over a band along the predicted class boundaries; over all pixels where there is none.

    Args:
        width: how far the band reaches to either side of a boundary, in pixels.
    """

    def __init__(self, width: int = 2) -> None:
        if width < 1:
            raise ValueError(f"width={width}: the band must be at least 1 pixel wide")
        self.width = width

    def __call__(self, scores: Tensor, probabilities: Tensor) -> Tensor:
        labels = probabilities.argmax(dim=1, keepdim=True).float()
        kernel = 2 * self.width + 1
        highest = F.max_pool2d(labels, kernel, stride=1, padding=self.width)
        lowest = -F.max_pool2d(-labels, kernel, stride=1, padding=self.width)
        return _masked_mean(scores, (highest != lowest).squeeze(1))


class TopQ:
    """The mean over the share ``q`` of pixels with the largest scores.

    Args:
        q: share of the pixels, in (0, 1]; at least one pixel counts.
    """

    def __init__(self, q: float = 0.05) -> None:
        if not 0 < q <= 1:
            raise ValueError(f"q={q}: it is a share of the pixels, above 0 and at most 1")
        self.q = q

    def __call__(self, scores: Tensor, probabilities: Tensor) -> Tensor:
        pixels = scores.flatten(1)
        return pixels.topk(max(1, round(self.q * pixels.shape[1])), dim=1).values.mean(dim=1)


def _masked_mean(scores: Tensor, mask: Tensor) -> Tensor:
    scores, mask = scores.flatten(1), mask.flatten(1)
    mask = mask | ~mask.any(dim=1, keepdim=True)
    return torch.where(mask, scores, 0).sum(dim=1) / mask.sum(dim=1)
