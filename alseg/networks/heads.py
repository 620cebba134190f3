"""Many small heads on the same frozen features, applied together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Features = NDArray[np.float16] | NDArray[np.float32] | Tensor
"""``(N, D)`` float16 or float32, in memory or memory-mapped."""

BLOCK = 2**26
"""Numbers that are held at a time where features or logits of all heads would be too many."""


@dataclass(frozen=True)
class Heads:
    """H heads of the same shape: linear, or with ReLU layers between.

    Args:
        layers: weight ``(H, D, E)`` and bias ``(H, E)`` of each layer; E of the last is K, the number of classes.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]

    def __len__(self) -> int:
        return len(self.layers[0][0])

    def __call__(self, features: Tensor) -> Tensor:
        """Logits ``(H, n, K)`` of features ``(n, D)``, the same for all heads, or ``(H, n, D)``."""
        for place, (weight, bias) in enumerate(self.layers):
            features = F.relu(features) if place else features.to(weight.dtype)
            if features.ndim == 2:  # one large product instead of H small ones
                wide = features @ weight.movedim(1, 0).flatten(1)
                features = wide.view(len(wide), len(self), -1).movedim(1, 0) + bias.unsqueeze(1)
            else:
                features = torch.baddbmm(bias.unsqueeze(1), features, weight)
        return features

    def over(self, features: Features, together: int = 1) -> Iterator[tuple[slice, Tensor]]:
        """Blocks of the features' rows and their logits ``(H, block, K)``, so that memory stays flat.

        A block has a multiple of ``together`` rows, as the pixels of one image are.
        """
        widest = max(features.shape[1], len(self) * max(bias.shape[1] for _, bias in self.layers))
        step = together * max(1, BLOCK // (together * widest))
        for start in range(0, len(features), step):
            rows = slice(start, min(start + step, len(features)))
            yield rows, self(taken(features, rows))

    def after(self, standard: tuple[Tensor, Tensor] | None, masks: Tensor | None = None) -> Heads:
        """The heads that answer of raw features ``(n, D)`` as these do of standardised and then masked ones."""
        weight, bias = self.layers[0]
        if masks is not None:
            weight = weight * masks.unsqueeze(2)
        if standard is None:
            return Heads(((weight, bias), *self.layers[1:]))
        mean, std = standard
        scaled = weight / std.unsqueeze(1)
        shift = (mean @ scaled.movedim(1, 0).flatten(1)).view(len(self), -1)
        return Heads(((scaled, bias - shift), *self.layers[1:]))


def taken(features: Features, rows: slice | Tensor) -> Tensor:
    """Float32 features of some rows: ``(..., D)`` for rows ``(...)``."""
    if isinstance(features, Tensor):
        return features[rows].float()
    place = rows.cpu().numpy() if isinstance(rows, Tensor) else rows
    return torch.from_numpy(np.asarray(features[place], dtype=np.float32))


def statistics(features: Features) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation ``(D,)`` over all rows, read block by block; a constant feature has deviation 1."""
    total = torch.zeros(2, features.shape[1], dtype=torch.float64)
    step = max(1, BLOCK // features.shape[1])
    for start in range(0, len(features), step):
        block = taken(features, slice(start, start + step)).double().cpu()
        total += torch.stack([block.sum(dim=0), block.square().sum(dim=0)])
    mean, square = total / len(features)
    variance = square - mean.square()
    constant = variance <= 1e-10 * square.clamp(min=1e-30)
    return mean.float(), variance.clamp(min=0).sqrt().masked_fill(constant, 1.0).float()
