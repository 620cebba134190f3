"""UniSAL's contrastive loss as a plain loop over pairs of samples.

This is how the released code works, less its mistakes: every sample meets all others of another class, the earlier ones
and the last too. Projections are normalised once, before the loop.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def contrastive(first: Tensor, second: Tensor, classes: Tensor, temperature: float, *, later: bool = False) -> Tensor:
    """Compute the loss of :class:`alseg.learners.contrastive.Contrastive`; a scalar.

    Args:
        first, second: ``(B, P)`` projections.
        classes: ``(B,)`` integer class of each sample; -1 leaves it out.
        temperature: T.
        later: as released: only j > i. That is half the work, and another loss.
    """
    a, b, known = F.normalize(first, dim=1), F.normalize(second, dim=1), classes.tolist()
    losses = []
    for i, mine in enumerate(known):
        if mine == -1:
            continue
        negative = first.new_zeros(())
        for j in range(i + 1 if later else 0, len(known)):
            if known[j] not in (-1, mine):
                negative = negative + (b[i] @ b[j] / temperature).exp() + (a[i] @ a[j] / temperature).exp()
        positive = (b[i] @ a[i] / temperature).exp()
        losses.append(-(positive / (positive + negative)).log())
    return torch.stack(losses).mean() if losses else (first.sum() + second.sum()) * 0
