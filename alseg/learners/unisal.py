"""UniSAL's classifiers: two networks that teach each other and share one contrastive space.

Source: Zhong et al., "UniSAL", Medical Image Analysis 102, 2025, 103542, and its released configuration. Where that is
silent, a comment says that the choice is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.learners.classification_learner import ClassificationLearner
from alseg.learners.co_trained import CoTrained
from alseg.learners.contrastive import UNKNOWN, Contrastive, Positives
from alseg.networks.classification import ClassificationNetwork
from alseg.prediction import Batch, Prediction


class UniSAL(CoTrained, ClassificationLearner):
    """Two networks of one backbone, each with a class head and a linear projector; M = 2.

    They start from the same pretrained backbone and differ in what is drawn at random: head and projector. Each sees
    a view of its own of the labelled and the unlabelled images, in one pass. The loss is the classification loss of
    both on the labelled images, plus w(t) times the cross-entropy of each with the pseudo-labels that the other made
    in this same pass, plus ``contrastive`` times the contrastive loss of their projections. The class of an image is the
    same in every view of it, so that no view has to be undone. The mean over pseudo-labels is over all unlabelled
    images, those without one included: a pair that is sure of little learns little from itself.

    The contrastive loss counts from the first step on. It takes each image by its label, or by the pseudo-label of
    which both networks are sure, and leaves out the others.

    Args:
        contrastive: weight of the contrastive loss; 0: none.
        temperature, positives: see :class:`Contrastive`.
        projection: dimensions of the projections, whose mean over the two is an image's features.
        mutual, alone, confidence: see :class:`CoTrained`; with ``mutual=0`` and ``contrastive=0`` the two are trained
            on the labelled images alone.
        kwargs: see :class:`ClassificationLearner`.

    Raises:
        ValueError: if one of these is out of its range.
    """

    def __init__(
        self,
        *args: Any,
        contrastive: float = 0.1,
        temperature: float = 0.15,
        positives: Positives = "sample",
        projection: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if contrastive < 0:
            raise ValueError(f"contrastive={contrastive}: at least 0")
        self.contrastive = contrastive
        self.contrastive_loss = Contrastive(temperature, positives)
        networks = [self.make_network(projection) for _ in range(self.members)]
        for network in networks:
            # Without that loss nothing trains the projector, and several devices wait for what is to be trained.
            cast(nn.Linear, network.projector).requires_grad_(contrastive > 0)
        self.pair = nn.ModuleList(networks)

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(2, B, K)`` of both, and the mean ``(B, P)`` of their projections."""
        logits, projections = self._both([images, images])
        return Prediction(logits, projections.mean(dim=0))

    def final(self, prediction: Prediction) -> Tensor:
        """The mean of the two networks' logits, as released."""
        return prediction.logits.float().mean(dim=0)

    def training_step(self, batch: dict[str, Batch], *_: Any) -> Tensor:
        """Supervised loss of both, mutual loss, and contrastive loss."""
        targets, images = batch["labelled"]["target"].long(), batch["labelled"]["image"]
        weight = self.mutual_weight(self.global_step)
        # Without weight the unlabelled images are left out altogether, which halves the work of these steps.
        if weight or self.contrastive:
            images = torch.cat([images, batch["unlabelled"]["image"]])
        n = len(targets)
        logits, projections = self._both([self.normalise(self.augmentation(images)) for _ in self.pair])
        loss: Tensor = torch.stack([self.loss(member[:n].float(), targets) for member in logits]).sum()
        if len(images) > n:
            pseudo_labels = self.pseudo_labels(logits[:, n:].detach())
            self.log("train/pseudo_labels", (pseudo_labels != UNKNOWN).float().mean())
            if weight:
                mutual = self.mutual_loss(logits[:, n:], pseudo_labels.flip(0))
                self.log("train/mutual", mutual.detach())
                loss = loss + weight * mutual
            if self.contrastive:
                agreed = pseudo_labels[0].where(pseudo_labels[0] == pseudo_labels[1], UNKNOWN)
                contrastive = self.contrastive_loss(*projections, torch.cat([targets, agreed]))
                self.log("train/contrastive", contrastive.detach())
                loss = loss + self.contrastive * contrastive
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    def pseudo_labels(self, logits: Tensor) -> Tensor:
        """``(2, B, K)`` logits give the classes ``(2, B)`` that each network is sure of, -1 elsewhere."""
        sure, classes = logits.float().softmax(dim=-1).max(dim=-1)
        return classes.where(sure > self.confidence, UNKNOWN)

    def mutual_loss(self, logits: Tensor, pseudo_labels: Tensor) -> Tensor:
        """Cross-entropy of ``(2, B, K)`` with ``(2, B)``, -1 counting as 0: the sum of the means over all B."""
        total = F.cross_entropy(
            logits.float().flatten(0, 1), pseudo_labels.flatten(), ignore_index=UNKNOWN, reduction="sum"
        )
        return total / pseudo_labels.shape[1]

    def _both(self, views: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits ``(2, B, K)`` and projections ``(2, B, P)`` of each network for its view."""
        logits, projections = [], []
        for network, view in zip(cast(Sequence[ClassificationNetwork], self.pair), views):
            mine, features = network(view)
            logits.append(mine)
            projections.append(network.project(features))
        return torch.stack(logits), torch.stack(projections)
