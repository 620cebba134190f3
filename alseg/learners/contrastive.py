"""UniSAL's contrastive loss between the projections of two networks, as masked matrix products.

Source: Zhong et al., "UniSAL", Medical Image Analysis 102, 2025, 103542, and its released configuration.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Positives = Literal["sample", "class"]

UNKNOWN = -1
"""Class of a sample that is left out."""
MASKED = -1e9
"""Logit of a pair that does not count: its exponential is 0, and finite arithmetic keeps NaN out of the gradient."""


class Contrastive(nn.Module):
    """Pulls the two projections of a sample together, and samples of different classes apart.

    With z_A and z_B the projections by the two networks, T the temperature, and i, j samples whose class is known::

        l_i   = -log(pos_i / (pos_i + neg_i)),  pos_i = exp(cos(zB_i, zA_i) / T)
        neg_i = sum over j of another class of exp(cos(zB_i, zB_j) / T) + exp(cos(zA_i, zA_j) / T)

    and the loss is the mean of l_i over all samples whose class is known; the released code divides their sum by the count + 1.
    Each of them meets all others: the released code takes only the later ones, j > i, and drops the last
    sample. Where all are of one class l_i is 0, for nothing is to be told apart.

    ``positives="class"`` is ours: the projections of another sample of the same class are to come together too. With
    P_i the samples of the class of i, i among them, l_i becomes the mean over P_i of what each alone would give::

        l_i = mean over p in P_i of -log(pos_ip / (pos_ip + neg_i)),  pos_ip = exp(cos(zB_i, zA_p) / T)

    The mean stands outside the logarithm, as in the better of the two forms of Khosla et al., "Supervised Contrastive
    Learning", NeurIPS 2020; where every class has one sample, it is the loss above.

    Args:
        temperature: T; the smaller, the more the nearest negatives count.
        positives: what is pulled together: ``sample`` (as released) or ``class``.

    Raises:
        ValueError: if one of these is out of its range.
    """

    def __init__(self, temperature: float = 0.15, positives: Positives = "sample") -> None:
        super().__init__()
        if temperature <= 0:
            raise ValueError(f"temperature={temperature}: above 0")
        if positives not in get_args(Positives):
            raise ValueError(f"positives={positives}: choose {' or '.join(get_args(Positives))}")
        self.temperature = temperature
        self.positives = positives

    def forward(self, first: Tensor, second: Tensor, classes: Tensor) -> Tensor:
        """A scalar, in float32 (or better) also under autocast; 0, with a gradient of 0, where no class is known.

        Args:
            first, second: ``(B, P)`` projections z_A and z_B.
            classes: ``(B,)`` integer class of each sample; -1 leaves it out.
        """
        with torch.autocast(first.device.type, enabled=False):
            a, b = (F.normalize(z.to(torch.promote_types(z.dtype, torch.float32)), dim=1) for z in (first, second))
            known = classes != UNKNOWN
            alike = classes[:, None] == classes
            other = ~alike & known[:, None] & known
            pairs = torch.cat([b @ b.mT, a @ a.mT], dim=1) / self.temperature
            negative = pairs.masked_fill(~torch.cat([other, other], dim=1), MASKED).logsumexp(dim=1)
            # -log(pos / (pos + neg)) = log(1 + neg / pos), the softplus of the difference of their logarithms. A sample
            # that is left out has no negatives: it adds 0 without being cut out, which would make the host wait.
            if self.positives == "sample":
                losses = _softplus(negative - (b * a).sum(dim=1) / self.temperature)
            else:
                each = _softplus(negative[:, None] - b @ a.mT / self.temperature)
                losses = (each * alike).sum(dim=1) / alike.sum(dim=1)
            return losses.sum() / known.sum().clamp(min=1)


def _softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) at every x; PyTorch's own turns into x where it is large."""
    return torch.logaddexp(x, torch.zeros_like(x))
