"""UniSAL's pair of classifiers, and short fits of it on coloured tiles."""

import numpy as np
import pytorch_lightning as pl
import torch

from alseg import randomness
from alseg.callbacks.fit_guard import FitGuard
from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.learners.learner import DataSpec
from tests.helpers.fits import Killed, training
from tests.helpers.segmenters import segmenter

SPEC = DataSpec("classification", ("a", "b", "c"), 3, (32, 32), "px")
LIGHT = ("learner.backbone=test_efficientnet", "learner.weights=none")


def unisal(*overrides: str, spec=SPEC, steps=20, name="unisal"):
    made = segmenter(f"learner={name}", *LIGHT, *overrides, spec=spec, steps=steps)
    made.log = lambda *_, **__: None
    return made


def images(n=2, spec=SPEC):
    return torch.randint(0, 256, (n, spec.channels, *spec.size), dtype=torch.uint8)


def batch(labelled=4, unlabelled=6):
    targets = torch.randint(0, 3, (labelled,))
    return {"labelled": {"image": images(labelled), "target": targets}, "unlabelled": {"image": images(unlabelled)}}


def tiles(n=24, size=32, classes=3, groups=8, seed=0) -> Dataset:
    """Noise that is brighter in one channel, the class."""
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.arange(n) % classes)
    pixels = rng.normal(90, 20, (n, 3, size, size))
    pixels[np.arange(n), targets] += 60
    return Dataset(
        name="colours",
        task="classification",
        ids=tuple(f"tile_{i:03d}" for i in range(n)),
        groups=tuple(f"slide_{i % groups}" for i in range(n)),
        images=pixels.clip(0, 255).astype(np.uint8),
        targets=targets.astype(np.int64),
        classes=tuple("abcdefgh"[:classes]),
        spacing=np.ones((n, 2)),
    )


def pool_of(dataset, labelled, steps, **sizes) -> PoolDataModule:
    """The last quarter of the images tests, an eighth before it validates."""
    n = len(dataset)
    cuts = n - n // 4 - n // 8, n - n // 4
    split = Split(dataset.ids[: cuts[0]], dataset.ids[cuts[0] : cuts[1]], dataset.ids[cuts[1] :])
    sizes = {"batch_size": 4, "unlabelled_batch_size": 6, "eval_batch_size": 16} | sizes
    pool = PoolDataModule(dataset, split, seed=0, steps=steps, **sizes)
    pool.label(dataset.ids[:labelled], dataset.targets[:labelled])
    pool.begin_round(0, uses_unlabelled=True)
    return pool


def watch_views(learner):
    """What the networks of a learner get to see, in the order of their passes."""
    seen = []
    normalise = learner.normalise
    learner.normalise = lambda views: seen.append(normalise(views)) or seen[-1]
    return seen


class Losses(pl.Callback):
    def __init__(self):
        self.values = []

    def on_train_batch_end(self, trainer, pl_module, outputs, *_):
        self.values.append(float(outputs["loss"]))


class KillAt(pl.Callback):
    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == 3:
            raise Killed


def attempt(folder, steps, *callbacks, labelled=9, name="unisal", overrides=(), dataset=None, sizes=None, **settings):
    """Fit on tiles: the learner, its losses, and its pool."""
    dataset = dataset or tiles(48)
    pool = pool_of(dataset, labelled, steps, **(sizes or {}))
    fits, losses = training(steps=steps, checkpoint_minutes=1e-9, **settings), Losses()
    make = fits._trainer
    fits._trainer = lambda given, **o: make([*given, losses, *callbacks], **o)
    with randomness.seeded_torch(0, 0, "initial weights"):
        learner = segmenter(f"learner={name}", *LIGHT, *overrides, spec=DataSpec.of(dataset), steps=steps)
    controller = FitGuard(seed=0, round_=0, labelled=pool.labelled)
    fits.fit(learner, pool, [controller], folder / "model.ckpt", [])
    return learner, losses.values, pool
