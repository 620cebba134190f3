"""What to repair: a confident teacher corrects annotated pixels and fills the ones that nobody annotated."""

from __future__ import annotations

from dataclasses import dataclass

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
    confidence: float = 0.8,
    keep_annotated: bool = False,
    collapse: float = 0.5,
) -> Fused:
    """Put the teacher's confident pixels into the working labels.

    Where the teacher's class differs from the working label and its probability is above ``confidence``, its class is
    taken. If that leaves an image with less than ``collapse`` times the foreground it had, the image keeps its label.

    Args:
        labels: ``(B, H, W)`` uint8 working labels, 255 where nobody annotated.
        probabilities: ``(B, K, H, W)`` of the teacher.
        confidence: a pixel's probability must be above it.
        keep_annotated: only fill, never correct.
        collapse: share of the foreground that must remain.

    Source: the released code of Tang et al., "SEQUAL", Medical Image Analysis 111, 2026, 104048, for dense labels. That
    255 may be filled is our reading of the paper's sparse annotations, for which the code has no path.
    """
    sure, classes = probabilities.max(dim=1)
    labels = labels.to(classes.device)
    unknown = labels == IGNORE
    change = (sure > confidence) & (classes != labels)
    if keep_annotated:
        change &= unknown
    repaired = labels.where(~change, classes.to(labels.dtype))
    before, after = (((x > 0) & (x != IGNORE)).flatten(1).sum(dim=1) for x in (labels, repaired))
    rejected = after < collapse * before
    change &= ~rejected.view(-1, 1, 1)
    repaired = labels.where(~change, repaired)
    corrected, filled = ((change & where).flatten(1).sum(dim=1) for where in (~unknown, unknown))
    return Fused(repaired, corrected, filled, rejected)
