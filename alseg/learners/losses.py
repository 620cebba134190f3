"""Losses of segmentation learners."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from alseg.data.dataset import IGNORE


class CrossEntropyDice(nn.Module):
    """Cross-entropy plus soft Dice over the foreground classes; pixels of value 255 count in neither.

    Args:
        dice_weight: weight of the Dice term.
        smooth: added to both sides of the Dice fraction, so that a class that is absent everywhere costs nothing.
    """

    def __init__(self, dice_weight: float = 1.0, smooth: float = 1.0) -> None:
        super().__init__()
        self.dice_weight = dice_weight
        self.smooth = smooth

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """``(B, K, H, W)`` logits and ``(B, H, W)`` class ids give a scalar, in float32 also under autocast."""
        logits, targets = logits.float(), targets.long()
        valid = targets != IGNORE
        log_p = logits.log_softmax(dim=1)
        known = targets.masked_fill(~valid, 0)
        # A product with the one-hot target, not nll_loss: its backward pass is deterministic on every device.
        one_hot = F.one_hot(known, logits.shape[1]).movedim(-1, 1).to(log_p.dtype) * valid.unsqueeze(1)
        cross_entropy = -(one_hot * log_p).sum() / valid.sum().clamp(min=1)
        if not self.dice_weight:
            return cross_entropy
        p = log_p.exp() * valid.unsqueeze(1)
        # Over the whole batch: an image without the class must not ask for a Dice of nothing.
        overlap = (p * one_hot).sum(dim=(0, 2, 3))[1:]
        total = (p + one_hot).sum(dim=(0, 2, 3))[1:]
        dice = (2 * overlap + self.smooth) / (total + self.smooth)
        return cross_entropy + self.dice_weight * (1 - dice).mean()
