"""Scores with noise, so that a query is not n times the same image."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.selector import Selector
from alseg.selection.wrapper import Wrapper

log = logging.getLogger(__name__)


class PowerNoise(Wrapper):
    """The inner selector sees log s + Gumbel(0, 1/beta) in place of the scores s.

    Around :class:`Top` the images are drawn one after the other, without replacement, with probability proportional to
    s^beta. Scores must be above 0: others are raised to the smallest normal float32 (with a warning), which puts them
    last, in random order, unless beta is very small.

    Args:
        of: the inner selector.
        beta: 0 is uniform in the limit, infinity is no noise.

    Source: Kirsch et al., "Stochastic Batch Acquisition: A Simple Baseline for Deep Active Learning", TMLR 2023 (power
    acquisition).
    """

    adds = frozenset({"scores"})

    def __init__(self, of: Selector, beta: float = 1.0) -> None:
        if beta <= 0:
            raise ValueError(f"beta={beta}: it must be above 0")
        super().__init__(of)
        self.beta = beta

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        assert candidates.scores is not None
        least = np.finfo(np.float32).tiny
        scores = candidates.scores.astype(np.float64)
        if below := int((scores <= 0).sum()):
            log.warning("power noise: %d of %d scores are not above 0 and count as %.0e", below, len(scores), least)
        noisy = np.log(np.maximum(scores, least)) + rng.gumbel(scale=1 / self.beta, size=len(scores))
        return self.of.pick(replace(candidates, scores=noisy), n, rng)
