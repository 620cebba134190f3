"""FixMatch: one classifier that learns in strong views what it predicts confidently in weak ones.

The semi-supervised control for learners with two networks. Source: Sohn et al., "FixMatch: Simplifying Semi-Supervised
Learning with Consistency and Confidence", NeurIPS 2020. Not taken over: the moving average of the weights with which
the paper evaluates, and its choice of strong views (RandAugment), which the config replaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.errors import inside
from alseg.learners.classification_learner import ClassificationLearner
from alseg.learners.contrastive import UNKNOWN
from alseg.learners.cutout import Cutout
from alseg.learners.image_augmentation import ImageAugmentation
from alseg.networks.evaluation_mode import evaluating
from alseg.prediction import Batch, Prediction


class FixMatch(ClassificationLearner):
    """One network; M = 1.

    The loss is the classification loss on weak views of the labelled images, plus ``consistency`` times the
    cross-entropy on strong views of the unlabelled images with the classes that the network gives to weak views of
    them, where their probability is above ``confidence``. The mean is over all unlabelled images, those without a
    pseudo-label included. Pseudo-labels are made without gradient and in evaluation mode, in which none depends on its
    batch. The weak views are those of ``augmentation``.

    Args:
        strong: the augmentation of uint8 images that makes strong views.
        consistency: weight of what the network teaches itself; 0 trains it on the labelled images alone.
        confidence: a pseudo-label's probability must be above it.
        kwargs: see :class:`ClassificationLearner`.

    Raises:
        ValueError: if one of these is out of its range.
    """

    uses_unlabelled = True

    def __init__(
        self,
        *args: Any,
        strong: Cutout | ImageAugmentation,
        consistency: float = 1.0,
        confidence: float = 0.95,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if consistency < 0:
            raise ValueError(f"consistency={consistency}: at least 0")
        if not 0 <= confidence < 1:
            raise ValueError(f"confidence={confidence}: at least 0 and below 1")
        with inside("strong"):
            strong.check(self.spec.size)
        self.strong = strong
        self.consistency, self.confidence = consistency, confidence
        self.network = self.make_network()

    def networks(self) -> Sequence[nn.Module]:
        """The one network."""
        return [self.network]

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(1, B, K)`` and the backbone's pooled features ``(B, D)``."""
        logits, features = self.network(images)
        return Prediction(logits.unsqueeze(0), features)

    def training_step(self, batch: dict[str, Batch], *_: Any) -> Tensor:
        """Supervised loss on weak views, and consistency loss on strong ones."""
        targets = batch["labelled"]["target"].long()
        images, unlabelled = self.augmentation(batch["labelled"]["image"]), batch["unlabelled"]["image"]
        n = len(targets)
        if self.consistency:
            pseudo_labels = self.pseudo_labels(self.augmentation(unlabelled))
            images = torch.cat([images, self.strong(unlabelled)])
        logits, _features = self.network(self.normalise(images))
        loss: Tensor = self.loss(logits[:n].float(), targets)
        if self.consistency:
            consistency = F.cross_entropy(
                logits[n:].float(), pseudo_labels, ignore_index=UNKNOWN, reduction="sum"
            ) / len(pseudo_labels)
            self.log("train/pseudo_labels", (pseudo_labels != UNKNOWN).float().mean())
            self.log("train/consistency", consistency.detach())
            loss = loss + self.consistency * consistency
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    def pseudo_labels(self, views: Tensor) -> Tensor:
        """Views ``(B, C, H, W)`` in [0, 255] give the classes ``(B,)`` that the network is sure of, -1 elsewhere."""
        with evaluating(self.network):
            sure, classes = self.predict_members(self.normalise(views)).mean.max(dim=1)
        return classes.where(sure > self.confidence, UNKNOWN)
