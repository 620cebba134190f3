"""Small data sets and learners that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from alseg import randomness
from alseg.data.dataset import Dataset
from alseg.learners.learner import Batch, DataSpec, Learner
from alseg.metrics.segmentation import SegmentationMetrics
from alseg.prediction import Prediction

if TYPE_CHECKING:
    from tests.helpers.chromium import Chromium

os.environ.setdefault("WANDB_MODE", "offline")


@pytest.fixture(autouse=True)
def _away_from_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a test runs may write into the repository or the user's cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALSEG_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of the real data sets."""
    stated = os.environ.get("ALSEG_DATA")
    root = Path(stated) if stated else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not root.is_dir():
        pytest.skip(f"the real data sets are not at {root}; set ALSEG_DATA to the folder that holds them")
    return root


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A real browser; one serves all tests of a process."""
    pytest.importorskip("aiohttp", reason="the browser is spoken to by aiohttp: pip install aiohttp")
    from tests.helpers.chromium import INSTALL, Chromium, executable

    program = executable()
    if program is None:
        pytest.skip(f"no Chromium here: {INSTALL}")
    browser = Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


def make_dataset(n: int = 24, size: int = 32, groups: int = 8, classes: int = 2, seed: int = 0) -> Dataset:
    """Bright discs on a noisy ground: a U-Net learns them in a few steps."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    targets = np.zeros((n, size, size), dtype=np.uint8)
    for target in targets:
        for c in range(1, classes):
            centre, radius = rng.uniform(0.25 * size, 0.75 * size, 2), rng.uniform(0.12, 0.25) * size
            target[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2] = c
    images = np.clip(60 + 120 * (targets / (classes - 1)) + rng.normal(0, 15, targets.shape), 0, 255).astype(np.uint8)
    return Dataset(
        name="discs",
        task="segmentation",
        ids=tuple(f"image_{i:03d}" for i in range(n)),
        groups=tuple(f"group_{i % groups}" for i in range(n)),
        images=images[:, None],
        targets=targets,
        classes=("background", *(f"disc_{c}" for c in range(1, classes))),
        spacing=np.full((n, 2), 0.5),
        unit="mm",
    )


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset()


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


@pytest.fixture
def make_learner() -> Callable[[DataSpec, int], TinyLearner]:
    def make(spec: DataSpec, steps: int) -> TinyLearner:
        return TinyLearner(spec, steps)

    return make


def tiny_learner(dataset: Dataset, steps: int = 5, seed: int = 0) -> TinyLearner:
    with randomness.seeded_torch(seed, 0, "initial weights"):
        return TinyLearner(DataSpec.of(dataset), steps)
