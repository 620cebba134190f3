"""Predictions of a batch by a trained learner: class probabilities, and how uncertain they are."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from alseg.learners.learner import Learner
from alseg.prediction import Prediction


class Predicted(NamedTuple):
    """Predictions of B images.

    Args:
        probabilities: ``(B, K, *spatial)`` float32, of the final decision: SEQUAL's teacher, or the mean over the members.
        uncertainty: ``(B, *spatial)`` float32 from 0 to 1: entropy of the members' mean probabilities, as ``strategy=entropy``
            scores it, as a share of the highest that K classes can have.
    """

    probabilities: NDArray[np.float32]
    uncertainty: NDArray[np.float32]


def predict(learner: Learner, images: NDArray[np.uint8], device: torch.device) -> Predicted:
    """Predict ``(B, C, H, W)`` images in float32, on a device to which the learner was moved."""
    with torch.inference_mode():
        prediction: Prediction = learner.predict_step({"image": torch.from_numpy(images).to(device)})
        probabilities = learner.final(prediction).float().softmax(dim=1)
        mean = prediction.mean
        entropy = torch.special.entr(mean).sum(dim=1) / math.log(max(2, mean.shape[1]))
    return Predicted(probabilities.cpu().numpy(), entropy.clamp(0, 1).cpu().numpy())
