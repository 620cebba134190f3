"""A classification of two members that takes milliseconds."""

import numpy as np
import torch
from torch import nn

from alseg.data.dataset import Dataset
from alseg.learners.learner import DataSpec, Learner
from alseg.prediction import Prediction
from tests.helpers.loop_runs import make_run


def tiles(n: int = 60, classes: int = 3, groups: int = 20) -> Dataset:
    """Noisy tiles that get brighter from class to class."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, classes, n)
    images = np.clip(50 + 60 * targets[:, None, None, None] + rng.normal(0, 30, (n, 1, 8, 8)), 0, 255).astype(np.uint8)
    return Dataset(
        name="tiles",
        task="classification",
        ids=tuple(f"tile_{i:03d}" for i in range(n)),
        groups=tuple(f"slide_{i % groups}" for i in range(n)),
        images=images,
        targets=targets.astype(np.int64),
        classes=tuple(f"class_{c}" for c in range(classes)),
        spacing=np.ones((n, 2)),
        unit="px",
    )


class TwoHeads(Learner):
    """Two linear classifiers of the same few features: two members, in milliseconds."""

    tasks = frozenset({"classification"})
    members = 2

    def __init__(self, spec: DataSpec, steps: int) -> None:
        super().__init__(spec, steps)
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(6, len(spec.classes)) for _ in range(2))
        self.register_buffer("mean", torch.tensor(0.4))
        self.register_buffer("std", torch.tensor(0.3))

    def networks(self):
        return [self.body]

    def predict_members(self, images):
        features = self.body(images)
        return Prediction(torch.stack([head(features) for head in self.heads]), features)

    def training_step(self, batch, *_):
        logits = self.predict_members(self.normalise(batch["image"])).logits
        loss = sum(nn.functional.cross_entropy(member, batch["target"]) for member in logits)
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch, *_):
        self.log("val/accuracy", self._accuracy(batch))

    def test_step(self, batch, *_):
        self.log("test/accuracy", self._accuracy(batch))

    def _accuracy(self, batch):
        return (self.predict_step(batch).mean.argmax(dim=1) == batch["target"]).float().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def classification_run(folder, strategy, **options):
    arguments = {"dataset": tiles(), "make_learner": TwoHeads, "strategy": strategy} | options
    return make_run(folder, **arguments)
