"""Base class of learners that solve for their weights in one step, on features that never change."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from alseg import distributed
from alseg.data.pool import PoolDataModule
from alseg.embeddings.embedding import Embedding
from alseg.embeddings.held import held
from alseg.learners.learner import DataSpec
from alseg.learners.measured_learner import MeasuredLearner
from alseg.networks.heads import Features, Heads, taken
from alseg.prediction import Batch, Prediction


class SolvedLearner(MeasuredLearner):
    """Heads on the frozen features of an embedding, fitted to all labels at once in the first and only training step.

    The features of all images of the data set come from the cache, so that no image passes through the extractor twice;
    an image that is not of the data set does. ``trainer.steps``, batches and the schedule have no part in the fit. The
    weights are parameters, so that checkpoints, devices and ranks are those of any learner; every rank solves the same.

    Args:
        spec: the data.
        steps: not used.
        embedding: the frozen extractor.
        members: M, the number of heads.
        inputs: D, the number of features that a head is given.
        widths: of the layers of a head, after its input.
    """

    def __init__(
        self, spec: DataSpec, steps: int, *, embedding: Embedding, members: int, inputs: int, widths: Sequence[int]
    ) -> None:
        super().__init__(spec, steps)
        self.embedding = embedding
        self.members = members
        self.register_buffer("mean", torch.zeros(1, 1, 1))
        self.register_buffer("std", torch.full((1, 1, 1), 1 / 255))  # images stay as they are: see `predict_members`
        shapes = [*zip((inputs, *widths), widths)]
        self.weights = nn.ParameterList(torch.zeros(members, before, after) for before, after in shapes)
        self.biases = nn.ParameterList(torch.zeros(members, after) for _, after in shapes)

    @abstractmethod
    def solve(self, pool: PoolDataModule, generator: torch.Generator) -> Heads:
        """Fit the heads to the labels of the pool; what is random comes from the generator."""

    @abstractmethod
    def predict_features(self, features: Tensor) -> Prediction:
        """Float32 features ``(B, D)`` of the embedding give logits ``(M, B, K, *spatial)`` and features."""

    @property
    def heads(self) -> Heads:
        """The heads with their present weights."""
        return Heads(tuple(zip(self.weights, self.biases)))

    @property
    def features(self) -> Features:
        """``(N, D)`` of the whole data set, from the cache or computed into it."""
        assert self.spec.images is not None, "a learner on frozen features needs its data set"
        return held(self.embedding, self.spec.images)

    def networks(self) -> Sequence[nn.Module]:
        """None: a head is one product of matrices."""
        return []

    def configure_optimizers(self) -> Optimizer:
        """An optimiser that leaves all to the training step."""
        return Solved(self.parameters(), {})

    def training_step(self, batch: Batch, *_: Any) -> Tensor:
        """Solve for the weights; the loss is that of the labelled images of the batch."""
        seed = distributed.broadcast(int(torch.randint(2**62, ())))
        heads = self.solve(self.trainer.datamodule, torch.Generator().manual_seed(seed))  # type: ignore[attr-defined]
        with torch.no_grad():
            for weight, bias, solved in zip(self.weights, self.biases, heads.layers):
                weight.copy_(solved[0])
                bias.copy_(solved[1])
        self.trainer.should_stop = True
        loss = self.loss_of(batch)
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    @abstractmethod
    def loss_of(self, batch: Batch) -> Tensor:
        """Loss on a labelled batch."""

    def predict_step(self, batch: Batch, *_: Any) -> Prediction:
        """Predict by the features in the cache where the batch says which rows of the data set it holds."""
        if "row" not in batch or self.spec.images is None:
            return self.predict_members(self.normalise(batch["image"]))
        return self._predict(taken(self.features, batch["row"].cpu()))

    def predict_members(self, images: Tensor) -> Prediction:
        """Images ``(B, C, H, W)`` of 0 to 255 pass through the extractor first."""
        pixels = images.round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        return self._predict(torch.from_numpy(self.embedding.extract(pixels)))

    def _predict(self, features: Tensor) -> Prediction:
        with torch.autocast(self.device.type, enabled=False):
            return self.predict_features(features.to(self.device))


def extractor(embedding: Embedding) -> Embedding:
    """The embedding, if it is one.

    Raises:
        ValueError: if the config names none that exists before a training, such as ``embedding=learner``.
    """
    if not isinstance(embedding, Embedding):
        raise ValueError(
            "embedding: a learner on frozen features needs an extractor; choose packaged, timm, file or pixels"
        )
    return embedding


class Solved(Optimizer):
    """An optimiser that changes nothing: the training step has solved for the parameters."""

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        return None if closure is None else closure()
