"""Fits of the heads of many seeds at once, and their predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alseg.networks.heads import Heads
from alseg.networks.logistic import fit_logistic
from alseg.simulation.setting import Setting
from alseg.simulation.world import World

EXACT, TAUGHT = 1e-6, 1e-4
"""Tolerances of a fit; of heads that are fitted several times in a round, to labels that they made themselves, it is larger."""


def fitted(
    setting: Setting, worlds: Sequence[World], round_: int, standard: tuple[Tensor, Tensor] | None = None
) -> Heads:
    """``len(worlds) * members`` heads, the members of a world together; ``standard`` is what `statistics` gives."""
    each = [world.training() for world in worlds]
    rows, targets = (torch.from_numpy(np.stack([one[side] for one in each])) for side in (0, 1))  # (S, n, sampled)
    drawn = torch.from_numpy(np.stack([world.weights(round_) for world in worlds]))  # (S, M, n)
    members = (-1, setting.members, -1, -1)
    labels = (
        rows.unsqueeze(1).expand(members).flatten(2).flatten(0, 1),
        targets.long().unsqueeze(1).expand(members).flatten(2).flatten(0, 1),
        drawn.unsqueeze(3).expand(-1, -1, -1, rows.shape[2]).flatten(2).flatten(0, 1),
    )
    masks = None
    if setting.dropout:
        masks = torch.from_numpy(np.concatenate([world.seen_features(round_) for world in worlds]))

    def fit(rows: Tensor, targets: Tensor, weights: Tensor) -> Heads:
        return fit_logistic(
            setting.frozen.matrix,
            rows,
            targets,
            len(setting.frozen.dataset.classes),
            weights=weights,
            masks=masks,
            inverse_penalty=setting.inverse_penalty,
            standard=standard,
            tolerance=EXACT if setting.co_training is None else TAUGHT,
        )

    heads = fit(*labels)
    if setting.co_training is None:
        return heads
    return setting.co_training.taught(heads, setting.frozen.matrix, labels, fit, worlds, round_)


def over(setting: Setting, heads: Heads) -> Iterator[tuple[NDArray[np.intp], Tensor]]:
    """Blocks of images, by their rows, and their logits ``(S, M, B, K)`` or ``(S, M, B, K, H, W)``."""
    frozen = setting.frozen
    for rows, logits in heads.over(frozen.matrix, frozen.pixels):
        images = np.arange(rows.start // frozen.pixels, rows.stop // frozen.pixels)
        logits = logits.reshape(-1, setting.members, len(images), *frozen.spatial, logits.shape[-1])
        yield images, logits.movedim(-1, 3)
