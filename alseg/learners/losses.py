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

    def forward(self, logits: Tensor, targets: Tensor, weight: Tensor | None = None) -> Tensor:
        """A scalar, in float32 also under autocast.

        Args:
            logits: ``(B, K, H, W)``.
            targets: ``(B, H, W)`` class ids, or ``(B, K, H, W)`` class probabilities, all 0 where a pixel is ignored.
            weight: ``(B, H, W)`` of each pixel, 0 to 1; None is 1 everywhere.
        """
        log_p = logits.float().log_softmax(dim=1)
        q = targets if targets.ndim == logits.ndim else one_hot(targets, logits.shape[1])
        valid = q.sum(dim=1) > 0
        share = valid.float() if weight is None else valid * weight
        q = q * share.unsqueeze(1)
        # A product with the one-hot target, not nll_loss: its backward pass is deterministic on every device.
        # Over all annotated pixels, so that a pixel of little weight also counts little.
        cross_entropy = -(q * log_p).sum() / valid.sum().clamp(min=1)
        if not self.dice_weight:
            return cross_entropy
        p = log_p.exp()
        # Over the whole batch: an image without the class must not ask for a Dice of nothing.
        overlap = (p * q).sum(dim=(0, 2, 3))[1:]
        total = (p * share.unsqueeze(1) + q).sum(dim=(0, 2, 3))[1:]
        dice = (2 * overlap + self.smooth) / (total + self.smooth)
        return cross_entropy + self.dice_weight * (1 - dice).mean()


def one_hot(targets: Tensor, classes: int) -> Tensor:
    """``(B, H, W)`` class ids as ``(B, classes, H, W)`` float32; an ignored pixel is 0 in all of them."""
    targets = targets.long()
    valid = targets != IGNORE
    known = F.one_hot(targets.masked_fill(~valid, 0), classes).movedim(-1, 1)
    return known.float() * valid.unsqueeze(1)
