"""Co-training of two heads per seed: what one is sure of on unlabelled images is taught to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alseg.networks.heads import Features, Heads, taken
from alseg.simulation.world import World

Fit = Callable[[Tensor, Tensor, Tensor], Heads]
"""Heads of rows, targets and weights, each ``(H, n)``."""


@dataclass(frozen=True)
class CoTraining:
    """Rule of UniSAL's mutual teaching, for all images at once, as in :class:`Probe`.

    Args:
        mutual: weight of all pseudo-labels, as a share of that of all labels, if each of them were sure.
        confidence: a pseudo-label's probability must be above it.
        unlabelled: images that are looked at, at most, drawn anew in every round.
        times: fits with pseudo-labels.

    Raises:
        ValueError: if one of these is out of its range.

    Source: Zhong et al., "UniSAL", Medical Image Analysis 102, 2025, 103542 (the fits in place of steps are ours).
    """

    mutual: float = 0.5
    confidence: float = 0.7
    unlabelled: int = 500
    times: int = 3

    def __post_init__(self) -> None:
        if self.mutual <= 0:
            raise ValueError(f"mutual={self.mutual}: above 0")
        if not 0 <= self.confidence < 1:
            raise ValueError(f"confidence={self.confidence}: at least 0 and below 1")
        for key in ("unlabelled", "times"):
            if (value := getattr(self, key)) < 1:
                raise ValueError(f"{key}={value}: at least 1")

    def taught(
        self,
        heads: Heads,
        features: Features,
        labels: tuple[Tensor, Tensor, Tensor],
        fit: Fit,
        worlds: Sequence[World],
        round_: int,
    ) -> Heads:
        """Fit the pairs of heads anew with what each is taught.

        Args:
            heads: ``2 * S``, those of a world together.
            features: ``(N, D)`` of the data set.
            labels: rows, targets and weights that the heads were fitted on, each ``(2 * S, n)``.
            fit: how they were.
            worlds: S of them.
            round_: which unlabelled images are drawn.
        """
        extra, there = (torch.from_numpy(np.stack(side)) for side in zip(*(self._drawn(one, round_) for one in worlds)))
        share = self.mutual * labels[0].shape[1] / there.sum(dim=1, keepdim=True).clamp(min=1)
        rows, weight = (one.repeat_interleave(2, dim=0) for one in (extra, there * share))
        seen = taken(features, rows)
        for _ in range(self.times):
            sure, classes = (_exchanged(one) for one in heads(seen).softmax(dim=2).max(dim=2))
            more = rows, classes, (sure > self.confidence) * weight
            heads = fit(*(torch.cat(both, dim=1) for both in zip(labels, more)))
        return heads

    def _drawn(self, world: World, round_: int) -> tuple[np.ndarray, np.ndarray]:
        """``(unlabelled,)`` rows of the data set, and 1 for each that is there, 0 for what fills up."""
        rows, there = np.zeros(self.unlabelled, dtype=np.int64), np.zeros(self.unlabelled, dtype=np.float32)
        drawn = world.unlabelled_sample(self.unlabelled, round_)
        rows[: len(drawn)], there[: len(drawn)] = drawn, 1
        return rows, there


def _exchanged(values: Tensor) -> Tensor:
    """``(2 * S, n)`` with the two of each pair in each other's place."""
    return values.view(-1, 2, values.shape[1]).flip(1).flatten(0, 1)
