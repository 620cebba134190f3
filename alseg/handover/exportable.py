"""A trained learner as one module from pixels to probabilities, with everything between them inside."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from alseg.embeddings.pyramid import Pyramid
from alseg.embeddings.timm_model import TimmModel
from alseg.errors import ConfigError
from alseg.learners.learner import Learner
from alseg.learners.solved_learner import SolvedLearner
from alseg.prediction import Prediction


class Exportable(nn.Module):
    """uint8 images ``(B, C, H, W)`` give float32 class probabilities ``(B, K, *spatial)`` of the final decision.

    Scaling and normalisation are part of it, so that nobody has to know them: what is left to do is to bring a file to
    the size, channels and 8 bits that its description states.

    Args:
        learner: trained, in evaluation mode, on the CPU.
        predict: the members' prediction of uint8 images.
        parts: what it consists of besides the learner.
    """

    def __init__(
        self, learner: Learner, predict: Callable[[Tensor], Prediction], parts: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.learner = learner
        self.parts = parts
        self._predict = predict

    def forward(self, image: Tensor) -> Tensor:
        """The probabilities."""
        return self.learner.final(self._predict(image)).float().softmax(dim=1)


def exportable(learner: Learner) -> Exportable:
    """The module of a learner; learners on frozen features bring their extractor.

    Raises:
        ConfigError: if its extractor is no network.
    """
    learner = learner.eval().cpu()
    learner.memory_format = torch.contiguous_format
    if not isinstance(learner, SolvedLearner):
        return Exportable(learner, lambda image: learner.predict_members(learner.normalise(image)))
    embedding = learner.embedding
    if not isinstance(embedding, TimmModel | Pyramid):
        raise ConfigError(
            f"--model: learner {type(learner).__name__} looks at {type(embedding).__name__}, which is no network; only "
            "probes on packaged, timm or file can be exported"
        )
    network = embedding.network
    # The frozen network may be on a GPU, where it was tried out.
    return Exportable(learner, lambda image: learner.predict_features(embedding.features(image)), network).cpu()
