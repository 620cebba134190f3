"""A trained learner as one module from pixels to probabilities, with everything between them inside."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from alseg.errors import ConfigError
from alseg.learners.learner import Learner


class Exportable(nn.Module):
    """uint8 images ``(B, C, H, W)`` give float32 class probabilities ``(B, K, *spatial)`` of the final decision.

    Scaling and normalisation are part of it, so that nobody has to know them: what is left to do is to bring a file to
    the size, channels and 8 bits that its description states.

    Args:
        learner: trained, in evaluation mode, on the CPU.
    """

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self.learner = learner

    def forward(self, image: Tensor) -> Tensor:
        """The probabilities."""
        learner = self.learner
        members = learner.predict_members(learner.normalise(image))
        return learner.final(members).float().softmax(dim=1)
