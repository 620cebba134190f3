"""Power noise that falls from query to query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alseg.selection.candidates import Candidates
from alseg.selection.power_noise import PowerNoise
from alseg.selection.selector import Selector


class AnnealedPowerNoise(PowerNoise):
    """Power noise whose beta rises from query to query, so that a run begins by exploring and ends by going for scores.

    beta_t = first (last / first)^((t - 1) / (T - 1)) in query t of T; a single query, and a cold start, take the first.

    Args:
        of: the inner selector.
        first: beta in the query of round 1.
        last: beta in the last query.
        rounds: trainings of the run, T + 1.

    Source: the schedule of ClaSP PE: Lüth et al., "Finally Outshining the Random Baseline", TMLR 2026, arXiv 2601.13677
    (exponential from 1 to 100 over the queries, by its released code; geometric between the two is our reading).
    """

    def __init__(self, of: Selector, first: float = 1.0, last: float = 100.0, rounds: int = 5) -> None:
        for key, value in (("first", first), ("last", last)):
            if value <= 0:
                raise ValueError(f"{key}={value}: it must be above 0")
        if rounds < 1:
            raise ValueError(f"rounds={rounds}: at least 1")
        super().__init__(of, beta=first)
        self.first = first
        self.last = last
        self.rounds = rounds

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        done = min(max(candidates.round - 1, 0) / max(self.rounds - 2, 1), 1.0)
        self.beta = self.first * (self.last / self.first) ** done
        return super().pick(candidates, n, rng)
