"""Repair of labels: a confident teacher corrects annotated pixels and fills those that nobody annotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from alseg.data.dataset import IGNORE


@dataclass(frozen=True)
class Fused:
    """Repaired labels.

    Args:
        labels: ``(B, H, W)`` uint8.
        corrected: ``(B,)`` annotated pixels that changed.
        filled: ``(B,)`` pixels without annotation that got one.
        rejected: ``(B,)`` bool, images whose repair was refused as a whole.
    """

    labels: Tensor
    corrected: Tensor
    filled: Tensor
    rejected: Tensor


def fuse(
    labels: Tensor,
    probabilities: Tensor,
    *,
    confidence: float | Sequence[float] = 0.8,
    keep_annotated: bool = False,
    collapse: float = 0.5,
    contradiction: float = 1.0,
) -> Fused:
    """Replace labels by the teacher's classes where it is confident.

    Where the teacher's class differs from the label and its probability is above ``confidence``, its class is taken. An
    image keeps its label as it is if that would leave its annotated pixels with less than ``collapse`` times the foreground
    they had, or if more than the share ``contradiction`` of them would change: then the teacher is the one who errs. Filled
    pixels count for neither: they would hide that all annotated foreground is gone.

    Args:
        labels: ``(B, H, W)`` uint8, 255 where nobody annotated.
        probabilities: ``(B, K, H, W)`` of the teacher.
        confidence: a pixel's probability must be above it; one number, or one for each class the teacher may choose.
        keep_annotated: only fill, never correct.
        collapse: share of the annotated foreground that must remain.
        contradiction: largest share of an image's annotated pixels that may change; 1 allows all.

    Source: the released code of Tang et al., "SEQUAL", Medical Image Analysis 111, 2026, 104048, for dense labels. That
    255 may be filled is our reading of the paper's sparse annotations, for which the code has no path;
    ``contradiction`` and thresholds by class are ours.
    """
    sure, classes = probabilities.max(dim=1)
    labels = labels.to(classes.device)
    unknown = labels == IGNORE
    levels = torch.as_tensor(confidence, dtype=sure.dtype, device=sure.device)
    change = (sure > (levels[classes] if levels.ndim else levels)) & (classes != labels)
    if keep_annotated:
        change &= unknown
    repaired = labels.where(~change, classes.to(labels.dtype))
    before, after = (((x > 0) & ~unknown).flatten(1).sum(dim=1) for x in (labels, repaired))
    contradicted = (change & ~unknown).flatten(1).sum(dim=1) > contradiction * (~unknown).flatten(1).sum(dim=1)
    rejected = (after < collapse * before) | contradicted
    change &= ~rejected.view(-1, 1, 1)
    repaired = labels.where(~change, repaired)
    corrected, filled = ((change & where).flatten(1).sum(dim=1) for where in (~unknown, unknown))
    return Fused(repaired, corrected, filled, rejected)
