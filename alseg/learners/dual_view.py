"""Two co-trained segmenters that see different views of the same images and exchange confident pseudo-labels.

Source: the training of Zhong et al., "UniSAL", Medical Image Analysis 102, 2025, 103542, and its released configuration,
carried from classification to segmentation. The class of an image is the same in every view of it; the class of a
pixel moves with the view. So a network makes its pseudo-labels on the image as it is, and they are moved together with
the image by the augmentation under which the other network learns them: each network has views of its own, geometry
included, no view has to be undone, and what a view brings in from outside is ignored. That costs one more pass per
network, without gradient and in evaluation mode, in which no image's pseudo-label depends on its batch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from alseg.data.dataset import IGNORE
from alseg.data.padding import padding
from alseg.learners.co_trained import CoTrained
from alseg.learners.losses import CrossEntropyDice
from alseg.learners.segmentation_learner import SegmentationLearner
from alseg.networks.evaluation_mode import evaluating
from alseg.prediction import Batch, Prediction


class DualView(CoTrained, SegmentationLearner):
    """Two networks of one architecture; M = 2, and their mean segments.

    They start from the same pretrained encoder and differ in what is drawn at random, the decoder at least. The loss is
    the segmentation loss of each on its view of the labelled images, plus w(t) times the cross-entropy of each with the
    pseudo-labels of the other on its view of the unlabelled images. A pseudo-label counts where its probability is above
    ``confidence``, and the mean is over all pixels, those that do not count included: a pair that is sure of little
    learns little from itself.

    Args:
        mutual, alone, confidence: see :class:`CoTrained`; the confidence is that of a pixel, and with ``mutual=0`` they
            are trained on the labelled images alone.
        kwargs: see :class:`SegmentationLearner`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair = nn.ModuleList([self.make_network(), self.make_network()])
        self.cross_entropy = CrossEntropyDice(dice_weight=0)

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(2, B, K, H, W)`` of both, and the mean ``(B, D)`` of their features."""
        logits, features = zip(*(network(images) for network in self.pair))
        return Prediction(torch.stack(logits), torch.stack(features).mean(dim=0))

    def training_step(self, batch: dict[str, Batch], *_: Any) -> Tensor:
        """Supervised loss of both on the labelled half, and mutual loss on the unlabelled half."""
        labelled, unlabelled = batch["labelled"], batch["unlabelled"]
        weight = self.mutual_weight(self.global_step)
        # Without weight the unlabelled images are left out altogether, which halves the work of these steps.
        taught: Any = (None, None)
        if weight:
            taught = self.pseudo_labels(unlabelled["image"]).flip(0)
            if "frame" in unlabelled:
                taught = taught.masked_fill(padding(unlabelled["frame"], taught.shape[2:]), IGNORE)
        supervised, mutual = [], []
        for network, pseudo_labels in zip(self.pair, taught):
            images, targets = self.augmentation(labelled["image"], labelled["target"])
            if pseudo_labels is not None:
                others, pseudo_labels = self.augmentation(unlabelled["image"], pseudo_labels)
                images = torch.cat([images, others])
            logits, _features = network(self.normalise(images))
            supervised.append(self.loss(logits[: len(targets)], targets))
            if pseudo_labels is not None:
                mutual.append(self.mutual_loss(logits[len(targets) :], pseudo_labels))
        loss: Tensor = torch.stack(supervised).sum()
        if mutual:
            together = torch.stack(mutual).sum()
            self.log("train/mutual", together.detach())
            loss = loss + weight * together
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    def pseudo_labels(self, images: Tensor) -> Tensor:
        """uint8 images ``(B, C, H, W)`` give the classes ``(2, B, H, W)`` that each network is sure of, 255 elsewhere."""
        with evaluating(self.pair):
            sure, classes = self.predict_members(self.normalise(images)).probabilities.max(dim=2)
        return classes.where(sure > self.confidence, IGNORE)

    def mutual_loss(self, logits: Tensor, pseudo_labels: Tensor) -> Tensor:
        """Cross-entropy of ``(B, K, H, W)`` with ``(B, H, W)``: summed where there is a pseudo-label, over all pixels."""
        share = (pseudo_labels != IGNORE).float().mean()
        loss: Tensor = self.cross_entropy(logits, pseudo_labels) * share
        return loss
