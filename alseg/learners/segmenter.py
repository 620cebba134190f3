"""The plain segmenter: one network, trained on the labelled images alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from alseg.learners.segmentation_learner import SegmentationLearner
from alseg.prediction import Batch, Prediction


class Segmenter(SegmentationLearner):
    """Any smp architecture over any timm encoder; M = 1. Arguments: see :class:`SegmentationLearner`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = self.make_network()

    def networks(self) -> Sequence[nn.Module]:
        """The one network."""
        return [self.network]

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(1, B, K, H, W)`` and features ``(B, D)`` of the encoder's deepest maps."""
        logits, features = self.network(images)
        return Prediction(logits.unsqueeze(0), features)

    def training_step(self, batch: Batch, *_: Any) -> Tensor:
        """The loss on an augmented batch."""
        images, targets = self.augmentation(batch["image"], batch["target"])
        logits, _features = self.network(self.normalise(images))
        loss: Tensor = self.loss(logits, targets)
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss
