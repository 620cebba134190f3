"""Weights and targets of repaired pixels in training."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from alseg.data.dataset import IGNORE
from alseg.learners.losses import one_hot

Weight = Literal["one", "confidence", "agreement"]
WEIGHTS: tuple[str, ...] = get_args(Weight)


def trusted(
    targets: Tensor, annotation: Tensor, student: Tensor, teacher: Tensor, *, soft: bool, weight: Weight
) -> tuple[Tensor, Tensor]:
    """Compute class probabilities to train with, and the weight of each pixel; annotated pixels count 1.

    A repaired pixel is one whose working label differs from the annotation. With ``soft`` its target is the
    teacher's current prediction, instead of the class that the repair chose. Its weight is 1, the teacher's
    probability of its target class (``confidence``), or exp(-KL(teacher || student)) (``agreement``).

    Args:
        targets: ``(B, H, W)`` working labels.
        annotation: ``(B, H, W)`` annotated class ids of the same pixels.
        student, teacher: ``(B, K, H, W)`` logits for the same view of the images.
        soft, weight: see above.

    Returns:
        ``(B, K, H, W)`` probabilities, all 0 where nothing is known, and ``(B, H, W)`` weights in [0, 1].

    Source: the weight exp(-KL) is in the released code of Tang et al., "SEQUAL", Medical Image Analysis 111, 2026,
    104048, and called nowhere; that it is laid on repaired pixels is our reading.
    """
    log_t, log_s = teacher.float().log_softmax(dim=1).detach(), student.float().log_softmax(dim=1).detach()
    p = log_t.exp()
    q = one_hot(targets, teacher.shape[1])
    repaired = (targets != annotation) & (targets != IGNORE)
    one = torch.ones_like(p[:, 0])
    if weight == "confidence":
        one = one.where(~repaired, (p * q).sum(dim=1))
    elif weight == "agreement":
        one = one.where(~repaired, (-(p * (log_t - log_s)).sum(dim=1).clamp(min=0)).exp())
    return (p.where(repaired.unsqueeze(1), q) if soft else q), one
