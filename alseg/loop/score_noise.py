"""Scores that float rounding alone may have told apart."""

from __future__ import annotations

import logging

import numpy as np

from alseg.selection.candidates import Candidates

log = logging.getLogger(__name__)

NOISE = 4 * float(np.finfo(np.float32).eps)
"""Scores are made of probabilities, which are known to about so much (4.8e-7); those above 1, to so much of their size."""


def warn_if_alike(candidates: Candidates, strategy: str) -> None:
    """Say in one line, with round and meaning, that all scores of a query lie within float noise of each other."""
    scores = candidates.scores
    if scores is None or len(scores) < 2:
        return
    low, high = float(scores.min()), float(scores.max())
    noise = NOISE * max(1.0, abs(low), abs(high))
    if high - low <= noise:
        log.warning(
            "round %d: strategy=%s gives all %d images the same score, %.3g, up to float noise (they differ by %.1g, and "
            "%.1g is rounding): their order is arbitrary, and the scores tell this query nothing",
            candidates.round, strategy, len(scores), high, high - low, noise,
        )  # fmt: skip
