"""The plain classifier, with optional dropout members and pseudo-labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from alseg.learners.classification_learner import ClassificationLearner
from alseg.networks.evaluation_mode import evaluating
from alseg.prediction import Prediction


class Classifier(ClassificationLearner):
    """Any timm backbone with a class head; M = 1, or M = ``passes`` dropout members.

    Dropout acts before the head, so that T members cost one pass through the backbone and T through the head. Their
    masks are drawn once, with the initial weights, and are the same for all images: each member is one thinned network,
    batch norm is in evaluation, and what it says of an image depends neither on the batch that the image came in nor on
    what was predicted before. So a scan that was killed and begins anew, or is shared by several ranks, gives the same
    scores. Source: Gal and Ghahramani, "Dropout as a Bayesian approximation", ICML 2016; masks that are kept over the
    images: Kirsch et al., "BatchBALD", NeurIPS 2019.

    With ``pseudo_entropy`` it learns from unlabelled images too, those of which it is sure: they join the labelled ones
    of a step with the class that it predicts for them. Source: Wang et al., "Cost-effective active learning" (CEAL),
    IEEE Trans. Circuits Syst. Video Technol. 27, 2017. There, the model of the round before makes these pseudo-labels
    once; here, where a round begins with fresh weights, the model under training makes them anew at every step, on the
    image as it is and in evaluation mode. They train that step and nothing else: no pseudo-label is ever a label.

    Args:
        passes: dropout members; 1 predicts without dropout.
        pseudo_entropy: entropy over its maximum, 0 to 1, below which an unlabelled image joins; None: none does.
        pseudo_after: share of the round's steps before they join.
        kwargs: see :class:`ClassificationLearner`.

    Raises:
        ValueError: if one of these is out of its range, or members are asked for that do not differ.
    """

    masks: Tensor

    def __init__(
        self,
        *args: Any,
        passes: int = 1,
        pseudo_entropy: float | None = None,
        pseudo_after: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if passes < 1:
            raise ValueError(f"passes={passes}: at least 1")
        if passes > 1 and not self.dropout:
            raise ValueError(f"passes={passes}: without dropout all passes are the same; set dropout=0.5, say")
        if pseudo_entropy is not None and not 0 < pseudo_entropy <= 1:
            raise ValueError(f"pseudo_entropy={pseudo_entropy}: above 0, and 1 at most, or null")
        if not 0 <= pseudo_after <= 1:
            raise ValueError(f"pseudo_after={pseudo_after}: between 0 and 1, a share of the steps")
        self.members = passes
        self.pseudo_entropy, self.pseudo_after = pseudo_entropy, pseudo_after
        self.uses_unlabelled = pseudo_entropy is not None
        self.network = self.make_network()
        # After the network: equal seeds give equal weights, whatever the number of members.
        kept = torch.rand(passes if passes > 1 else 0, self.network.dimensions) >= self.dropout
        self.register_buffer("masks", kept / (1 - self.dropout))

    def networks(self) -> Sequence[nn.Module]:
        """The one network."""
        return [self.network]

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(M, B, K)``, those of the whole network, and the pooled features ``(B, D)``, which dropout leaves alone."""
        logits, features = self.network(images)
        if self.members == 1:
            return Prediction(logits.unsqueeze(0), features)
        return Prediction(
            self.network.head(features * self.masks.unsqueeze(1)), features, plain=self.network.head(features)
        )

    def training_step(self, batch: dict[str, Any], *_: Any) -> Tensor:
        """The loss on an augmented batch, and on the unlabelled images that join it."""
        labelled = batch["labelled"] if self.uses_unlabelled else batch
        images, targets = labelled["image"], labelled["target"]
        if self.uses_unlabelled and self.global_step >= self.pseudo_after * self.steps:
            others, classes = self.sure_of(batch["unlabelled"]["image"])
            self.log("train/pseudo_labels", len(others) / len(batch["unlabelled"]["image"]))
            images, targets = torch.cat([images, others]), torch.cat([targets, classes])
        logits, _features = self.network(self.normalise(self.augmentation(images)))
        loss: Tensor = self.loss(logits.float(), targets.long())
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    def sure_of(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Choose those of uint8 images ``(B, C, H, W)`` whose entropy is low enough; return them and their classes."""
        assert self.pseudo_entropy is not None
        with evaluating(self.network):
            p = self.predict_members(self.normalise(images)).mean
        sure = torch.special.entr(p).sum(dim=1) < self.pseudo_entropy * math.log(p.shape[1])
        return images[sure], p.argmax(dim=1)[sure]
