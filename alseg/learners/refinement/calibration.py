"""Temperature scaling of the teacher's probabilities, so that a threshold on them means what it says."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional as F

from alseg.data.dataset import IGNORE

HOTTEST = 20.0
PIXELS = 1_000_000
"""Most pixels used to fit the temperature; more would not change it."""


def temperature(logits: Tensor, targets: Tensor) -> float:
    """Find the T at which ``softmax(logits / T)`` fits the targets best (negative log-likelihood), in [1/20, 20].

    Above 1 the network was too sure of itself.

    Args:
        logits: ``(B, K, H, W)`` on images that were not trained on.
        targets: ``(B, H, W)`` class ids, 255 ignored.

    Returns:
        1 where nothing is annotated.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    known = targets != IGNORE
    rows, classes = logits.movedim(1, -1)[known].float(), targets[known].long()
    if not len(rows):
        return 1.0
    step = math.ceil(len(rows) / PIXELS)
    rows, classes = rows[::step], classes[::step]

    def loss(log_t: float) -> float:
        return float(F.cross_entropy(rows / math.exp(log_t), classes))

    with torch.no_grad():
        ends = (-math.log(HOTTEST), math.log(HOTTEST))
        found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))
