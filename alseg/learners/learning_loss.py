"""Learning loss: a classifier that also predicts its own loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alseg.learners.classification_learner import ClassificationLearner
from alseg.prediction import Batch, Prediction


class LearningLoss(ClassificationLearner):
    """A classifier with a second head that predicts its loss; M = 1, and the predictions come with ``loss``.

    Source: Yoo and Kweon, "Learning loss for active learning", CVPR 2019. The head learns the order of losses alone,
    for their size falls as training goes on. It looks at the pooled features, not at maps of several depths as theirs,
    so that it serves every backbone; and it learns from all pairs of a batch.

    Args:
        hidden: width of the head's one hidden layer.
        weight: of the head's ranking loss.
        margin: by which the predictions of a pair are to differ.
        detach_after: share of the round's steps after which the head no longer shapes the backbone.
        kwargs: see :class:`ClassificationLearner`.

    Raises:
        ValueError: if one of these is out of its range.
    """

    def __init__(
        self,
        *args: Any,
        hidden: int = 128,
        weight: float = 1.0,
        margin: float = 1.0,
        detach_after: float = 0.6,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for key, value, least in (("hidden", hidden, 1), ("weight", weight, 0), ("margin", margin, 0)):
            if value < least:
                raise ValueError(f"{key}={value}: at least {least}")
        if not 0 <= detach_after <= 1:
            raise ValueError(f"detach_after={detach_after}: between 0 and 1, a share of the steps")
        self.weight, self.margin, self.detach_after = weight, margin, detach_after
        self.network = self.make_network()
        self.loss_head = nn.Sequential(nn.Linear(self.network.dimensions, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def networks(self) -> Sequence[nn.Module]:
        """The network; the loss head is too small to compile."""
        return [self.network]

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(1, B, K)``, pooled features ``(B, D)`` and the predicted loss ``(B,)``."""
        logits, features = self.network(images)
        return Prediction(logits.unsqueeze(0), features, loss=self.loss_head(features).squeeze(1))

    def training_step(self, batch: Batch, *_: Any) -> Tensor:
        """Loss of the classifier, and ranking loss of the head on the order of these losses."""
        logits, features = self.network(self.normalise(self.augmentation(batch["image"])))
        late = self.global_step >= self.detach_after * self.steps
        predicted = self.loss_head(features.detach() if late else features).squeeze(1)
        targets = batch["target"].long()
        losses = F.cross_entropy(logits.detach().float(), targets, reduction="none")
        ranking = ranking_loss(predicted, losses, self.margin)
        self.log("train/ranking", ranking.detach())
        loss: Tensor = self.loss(logits.float(), targets) + self.weight * ranking
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss


def ranking_loss(predicted: Tensor, losses: Tensor, margin: float) -> Tensor:
    """``max(0, -sign(l_i - l_j) (h_i - h_j) + margin)``, the mean over all pairs of a batch.

    Args:
        predicted: ``(B,)`` h.
        losses: ``(B,)`` l.
        margin: by which predictions are to differ; pairs of equal loss have nothing to learn and count 0.
    """
    first, second = torch.triu_indices(len(losses), len(losses), offset=1, device=losses.device)
    order = (losses[first] - losses[second]).sign()
    predicted = predicted.float()
    hinge = (margin - order * (predicted[first] - predicted[second])).clamp(min=0) * order.abs()
    return hinge.sum() / max(len(hinge), 1)
