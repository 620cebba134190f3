"""A deep ensemble of segmenters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from alseg.learners.segmentation_learner import SegmentationLearner
from alseg.prediction import Batch, Prediction


class SegmenterEnsemble(SegmentationLearner):
    """M networks of different initial weights, trained side by side on the labelled images alone.

    They share the images of a batch, each in its own augmentation, and nothing else; pretrained encoders begin alike. One
    network at a time holds what its backward pass needs, so that a training takes the memory of one, and M times its weights
    and its optimiser's state; time, and the file of a checkpoint, grow with M. Gradients are not scaled against underflow:
    ``trainer.precision`` should be ``bf16-mixed`` or ``32-true``, not ``16-mixed``.

    Args:
        members: M, at least 2.
        args, kwargs: see :class:`SegmentationLearner`.

    Raises:
        ValueError: if there are fewer than two members.

    Source: Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles",
    NeurIPS 2017 (without adversarial training).
    """

    def __init__(self, *args: Any, members: int = 5, **kwargs: Any) -> None:
        if members < 2:
            raise ValueError(f"members={members}: at least 2; learner=segmenter is one")
        super().__init__(*args, **kwargs)
        self.members = members
        self.ensemble = nn.ModuleList(self.make_network() for _ in range(members))

    def networks(self) -> Sequence[nn.Module]:
        """All M."""
        return [*self.ensemble]

    def predict_members(self, images: Tensor) -> Prediction:
        """Logits ``(M, B, K, H, W)`` and features ``(B, D)``, the mean over the networks."""
        logits, features = zip(*(network(images) for network in self.ensemble))
        return Prediction(torch.stack(logits), torch.stack(features).mean(dim=0))

    def training_step(self, batch: Batch, *_: Any) -> Tensor:
        """A number whose gradients are those of the mean of the members' losses; the mean itself is logged."""
        losses, carriers = [], []
        for network in self.ensemble:
            images, targets = self.augmentation(batch["image"], batch["target"])
            loss: Tensor = self.loss(network(self.normalise(images))[0], targets)
            losses.append(loss.detach())
            carriers.append(_carrier(loss / self.members, [p for p in network.parameters() if p.requires_grad]))
        self.log("train/loss", torch.stack(losses).mean(), prog_bar=True)
        return torch.stack(carriers).sum()


def _carrier(loss: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    """A sum with the gradients of the loss, which needs none of the activations: those are free from here on."""
    gradients: Sequence[Tensor | None] = torch.autograd.grad(loss, parameters, allow_unused=True)
    together = zip(parameters, gradients)
    return torch.stack([(p * g).sum() for p, g in together if g is not None]).sum()
