"""A learner that takes milliseconds."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from alseg import randomness
from alseg.data.dataset import Dataset
from alseg.learners.learner import DataSpec, Learner
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.prediction import Batch, Prediction


class TinyLearner(Learner):
    """Two convolutions and some dropout: everything a learner has, in milliseconds."""

    tasks = frozenset({"segmentation"})

    def __init__(self, spec: DataSpec, steps: int, lr: float = 0.05) -> None:
        super().__init__(spec, steps)
        self.body = nn.Sequential(nn.Conv2d(spec.channels, 8, 5, padding=2), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Conv2d(8, len(spec.classes), 1)
        self.lr = lr
        self.register_buffer("mean", torch.tensor(0.4))
        self.register_buffer("std", torch.tensor(0.3))
        self.metrics = SegmentationMetrics(spec.classes, spec.unit, distances=False)
        self.seen: list[Batch] = []

    def networks(self) -> list[nn.Module]:
        return [self.body, self.head]

    def predict_members(self, images: Tensor) -> Prediction:
        maps = self.body(images)
        return Prediction(self.head(maps).unsqueeze(0), maps.mean(dim=(2, 3)))

    def training_step(self, batch: Batch, *_: object) -> Tensor:
        self.seen.append({k: v.clone() for k, v in batch.items()})
        images = batch["image"] + 5 * torch.randn(batch["image"].shape)  # stands for augmentation
        loss = nn.functional.cross_entropy(
            self.predict_members(self.normalise(images)).logits[0], batch["target"].long(), ignore_index=255
        )
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: Batch, *_: object) -> None:
        self.metrics.update(self.predict_step(batch).mean.argmax(dim=1), batch["target"], batch["spacing"])

    def test_step(self, batch: Batch, *_: object) -> Tensor:
        self.validation_step(batch)
        return self.predict_step(batch).mean.argmax(dim=1)

    def on_validation_epoch_end(self) -> None:
        self._log("val")

    def on_test_epoch_end(self) -> None:
        self._log("test")

    def _log(self, stage: str) -> None:
        self.log(f"{stage}/dice", self.metrics.compute()["dice"])
        self.metrics.reset()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


def tiny_learner(dataset: Dataset, steps: int = 5, seed: int = 0) -> TinyLearner:
    with randomness.seeded_torch(seed, 0, "initial weights"):
        return TinyLearner(DataSpec.of(dataset), steps)
