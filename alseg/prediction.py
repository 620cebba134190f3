"""A batch of images, and the prediction of a learner for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

Batch = dict[str, Tensor]
"""``image`` (B, C, H, W) uint8, ``row`` (B,) int64; ``target`` where there is one.

Training batches also have ``annotation``, from which a repaired ``target`` differs; evaluation batches ``spacing``.
"""


@dataclass(frozen=True)
class Prediction:
    """One batch seen by every member of a learner.

    Args:
        logits: ``(M, B, C, *spatial)``; M members (1 for a plain network, 2 for a co-trained pair, T for T stochastic
            passes), B images, C classes; ``spatial`` is ``(H, W)`` for segmentation and empty for classification.
        features: ``(B, D)`` embedding of each image.
        loss: ``(B,)`` the loss that the learner expects for each image, where it has a head for that.
        plain: ``(B, C, *spatial)`` logits of the whole network, where the members are parts of it (dropout).
    """

    logits: Tensor
    features: Tensor
    loss: Tensor | None = None
    plain: Tensor | None = None

    @cached_property
    def probabilities(self) -> Tensor:
        """``(M, B, C, *spatial)`` float32 class probabilities of each member."""
        return self.logits.float().softmax(dim=2)

    @cached_property
    def mean(self) -> Tensor:
        """``(B, C, *spatial)`` float32 class probabilities, averaged over members."""
        return self.probabilities.mean(dim=0)
