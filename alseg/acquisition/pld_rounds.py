"""Pseudo-label divergence between rounds."""

from __future__ import annotations

from alseg.acquisition.pld import PseudoLabelDivergence


class RoundDivergence(PseudoLabelDivergence):
    """The divergence of the last round's pseudo-labels P from those of the round before, Q, per pixel.

    ``PLD = sum_c P_c (log P_c - log Q_c)``: it is largest where the last annotations have changed the model's prediction.
    For learners with any number of members. In the query of round 1 there are no earlier pseudo-labels: every score is
    0, and a selector that goes by scores alone picks at random.

    Source: the predecessor of SEQUAL, PLD-AL, MICCAI 2023: the Kullback-Leibler divergence between the pseudo-labels of
    two consecutive rounds. Which of the two is the reference is ours, as in SEQUAL: the newer takes the teacher's place.
    """

    min_members = 1
    compares_rounds = True
