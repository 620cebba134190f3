"""Predictions written by hand."""

import torch

from alseg.prediction import Prediction


def prediction(*members: list[list[float]]) -> Prediction:
    """Members of ``(B, C)`` probabilities."""
    return Prediction(torch.tensor(members).log(), torch.zeros(len(members[0]), 1))
