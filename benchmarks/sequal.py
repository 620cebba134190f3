"""SEQUAL's hot paths: ``python -m benchmarks.sequal``.

- the scan of a pool for the pseudo-label divergence, and the repair of its labels, over plain loops that read each image
  from its file and pass it through the networks alone
- a training step of student and teacher over two steps of the plain segmenter on as many images

Both sides use the same networks and as many threads, and the files lie in the page cache. alseg reads a data set once,
when a run starts: what that takes is printed, and is in no ratio. Beside each loop over images stands its limit, the
ratio if alseg spent nothing but the batched forward. The loops are measured at 64x64 from files of 256x256, where what
every call costs dominates, and at 128x256 from files of that size (the released configuration), where arithmetic does.

Seen on two cores (torch 2.15.0, float32): at 64x64 the scan is 3.8 times as fast as the loop (limit 3.9), the repair 4.3 times
(limit 4.4), the step 0.63; at 128x256 scan and repair are as fast as the loop, since one image already fills both cores.
The target of 10 is out of reach there: it needs a device that a single image leaves idle.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from alseg import randomness
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.callbacks.fit_guard import FitGuard
from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import IGNORE, Dataset
from alseg.data.images import read_image, read_mask
from alseg.data.pool import PoolDataModule
from alseg.learners.learner import DataSpec
from alseg.learners.refinement.self_refinement import SelfRefinement
from alseg.learners.segmentation_learner import SegmentationLearner
from alseg.learners.sequal import Sequal
from alseg.loop.training import Training
from alseg.networks.evaluation_mode import evaluating
from benchmarks import image_by_image
from benchmarks.loop import pool_of, training
from benchmarks.measure import Ratio, alternately, seconds

Size = tuple[int, int]
CASES: list[tuple[Size, Size, int, int]] = [((64, 64), (256, 256), 300, 2), ((128, 256), (128, 256), 60, 1)]
"""Height and width of the images in training, those of their files, how many images alseg scans, and how often."""
WARM_UP = 3
"""Steps of a fit before the clock starts."""


def write_files(folder: Path, n: int, size: Size) -> tuple[list[Path], list[Path]]:
    """Grey images of blobs under noise, and labels with a box, a quarter of their columns annotated; as PNG files."""
    rng = np.random.default_rng(0)
    height, width = size
    label = np.zeros(size, dtype=np.uint8)
    label[height // 4 : height // 2, width // 4 : width // 2] = 1
    label[:, np.arange(width) % 32 >= 8] = IGNORE
    images: list[Path] = []
    labels: list[Path] = []
    for i in range(n):
        blobs = np.kron(rng.integers(0, 200, (height // 16, width // 16)), np.ones((16, 16)))
        image = (blobs + rng.integers(0, 50, size)).astype(np.uint8)
        for kept, what, pixels in ((images, "image", image), (labels, "label", label)):
            kept.append(folder / f"{what}_{i:05d}.png")
            Image.fromarray(pixels).save(kept[-1])
    return images, labels


def read_files(images: Sequence[Path], labels: Sequence[Path], size: Size) -> Dataset:
    """The files as a data set of alseg."""
    names = tuple(path.stem for path in images)
    return Dataset(
        name="bench",
        task="segmentation",
        ids=names,
        groups=names,
        images=np.stack([read_image(path, size, 1) for path in images]),
        targets=np.stack([read_mask(path, size)[0] for path in labels]),
        classes=("background", "box"),
        spacing=np.ones((len(names), 2)),
    )


def made(data: Dataset, steps: int, *overrides: str) -> SegmentationLearner:
    """Make the learner of a config."""
    node = compose(overrides).learner
    with randomness.seeded_torch(0, 0, "initial weights"):
        return cast(SegmentationLearner, instantiate(node, spec=DataSpec.of(data), steps=steps))


def divergences(learner: Sequal, pool: PoolDataModule, scans: Training) -> NDArray[np.float32]:
    """alseg's way: the unlabelled images in batches, out of memory."""
    scores = scans.scan(learner, pool, PseudoLabelDivergence(), keep_features=False).scores
    return cast(NDArray[np.float32], scores)


def repaired(learner: Sequal, pool: PoolDataModule) -> NDArray[np.uint8]:
    """alseg's way: every label of the pool in batches, out of memory."""
    refine = cast(SelfRefinement, learner.refine)
    with evaluating(learner):
        refine._repair(learner, pool, step=1)
    return pool.labels(pool.labelled)


class Timed(FitGuard):
    """A guard that takes the time after the first steps and at the end."""

    def __init__(self, labelled: Sequence[str]) -> None:
        super().__init__(seed=0, round_=0, labelled=labelled)
        self.times: list[float] = []

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """Take the time."""
        if trainer.global_step in (WARM_UP, trainer.max_steps):
            wait(pl_module.device)
            self.times.append(time.perf_counter())


class LoopOverImages:
    """alseg's batches beside the plain loop, over one pool.

    Args:
        folder: for the files.
        n: images of the pool.
        size: of the images in training.
        file_size: of their files.
        accelerator: cpu or gpu.
        overrides: of the config.
    """

    def __init__(
        self, folder: Path, n: int, size: Size, file_size: Size, accelerator: str, overrides: Sequence[str]
    ) -> None:
        self.size = size
        self.images, self.labels = write_files(folder, n, file_size)
        start = time.perf_counter()
        self.data = read_files(self.images, self.labels, size)
        took = time.perf_counter() - start
        print(f"{by(size)}: alseg reads {n} images and labels of {by(file_size)} once, in {took:.1f} s", flush=True)
        self.device = torch.device("cuda" if accelerator == "gpu" else "cpu")
        self.scans = training(1, accelerator)
        self.unlabelled, self.labelled = (pool_of(self.data, labels, 1, batch_size=8) for labels in (0, n))
        ours, plain = (cast(Sequal, made(self.data, 1, "learner=sequal", *overrides)) for _ in range(2))
        # alseg's copy alone has alseg's memory layout; the plain loop has PyTorch's.
        self.ours, self.plain = cast(Sequal, self.scans.prepare(ours)), plain.to(self.device)

    def scan_ratio(self, plain_n: int, repeats: int) -> tuple[Ratio, str]:
        """Images per second of the query, and its limit."""
        return self._ratio(
            "PLD scan over a loop",
            lambda: divergences(self.ours, self.unlabelled, self.scans),
            lambda: image_by_image.divergences(self.plain, self.images[:plain_n]),
            [self.ours.student, self.ours.teacher],
            plain_n,
            repeats,
        )

    def repair_ratio(self, plain_n: int, repeats: int) -> tuple[Ratio, str]:
        """Images per second of the refinement, and its limit."""
        settings = cast(SelfRefinement, self.plain.refine).fusion
        images, labels = self.images[:plain_n], self.labels[:plain_n]
        return self._ratio(
            "repair of labels over a loop",
            lambda: repaired(self.ours, self.labelled),
            lambda: image_by_image.repaired(self.plain, images, labels, **settings),
            [self.ours.teacher],
            plain_n,
            repeats,
        )

    def _ratio(
        self,
        name: str,
        ours: Callable[[], Any],
        reference: Callable[[], Any],
        networks: Sequence[nn.Module],
        plain_n: int,
        repeats: int,
    ) -> tuple[Ratio, str]:
        n = len(self.images)
        self.ours.to(self.device)  # a scan leaves its learner on the CPU
        ours(), reference()  # warm up
        mine, plain, ratio = alternately(lambda: n / seconds(ours), lambda: plain_n / seconds(reference), repeats)
        self.ours.to(self.device).eval()
        bare = statistics.median(n / seconds(lambda: self._forward(networks)) for _ in range(repeats))
        reading = plain * seconds(lambda: self._read(plain_n)) / plain_n
        note = f"  its limit: {bare / plain:.3f}, by the batched forward alone; {reading:.0%} of the loop reads images"
        return Ratio(f"{name}, {by(self.size)}", mine, plain, "images/s", ">= 10", ratio >= 10, ratio), note

    def _forward(self, networks: Sequence[nn.Module]) -> None:
        with torch.inference_mode():
            for start in range(0, len(self.data.images), self.unlabelled.eval_batch_size):
                batch = self.data.images[start : start + self.unlabelled.eval_batch_size]
                images = self.ours.normalise(torch.from_numpy(batch).to(self.device))
                for network in networks:
                    network(images)
        wait(self.device)

    def _read(self, n: int) -> None:
        for path in self.images[:n]:
            image_by_image.read(path, self.size, Image.Resampling.BILINEAR)


def step_ratio(size: Size, steps: int, repeats: int, accelerator: str, overrides: Sequence[str]) -> Ratio:
    """Seconds per step, augmentation, batches and moving average included: 8 labelled and 8 unlabelled images, over
    twice a plain step on 16 labelled ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = read_files(*write_files(Path(folder), 80, size), size)
    fits = training(WARM_UP + steps, accelerator)
    numbers = count()

    def step(learner: str, batch_size: int, folder: Path) -> float:
        pool = pool_of(data, 40, WARM_UP + steps, batch_size)
        made_ = fits.prepare(made(data, WARM_UP + steps, f"learner={learner}", *overrides))
        pool.begin_round(0, uses_unlabelled=made_.uses_unlabelled)
        timed = Timed(pool.labelled)
        fits.fit(made_, pool, [timed], folder / str(next(numbers)) / "model.ckpt", [])
        first, last = timed.times
        return (last - first) / steps

    with tempfile.TemporaryDirectory() as folder:
        mine, plain, ratio = alternately(
            lambda: step("sequal_unrefined", 8, Path(folder)),
            lambda: 2 * step("segmenter", 16, Path(folder)),
            repeats,
        )
    name = f"step of student and teacher over two plain steps, {by(size)}"
    return Ratio(name, mine, plain, "s", "<= 1.05", ratio <= 1.05, ratio)


def wait(device: torch.device) -> None:
    """Wait until the device is idle."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def by(size: Size) -> str:
    """Height and width in words."""
    return "x".join(map(str, size))


def main() -> int:
    """Print every ratio; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, help="that alseg scans, and labels that it repairs (300; 60 large ones)")
    parser.add_argument("--plain-images", type=int, default=60, help="how many of them the plain loops take")
    parser.add_argument("--size", type=int, nargs=2, help="height and width, instead of both cases")
    parser.add_argument("--file-size", type=int, nargs=2, help="those of the files, with --size (default: the same)")
    parser.add_argument("--steps", type=int, default=6, help="training steps per repeat (default: %(default)s)")
    parser.add_argument("--repeats", type=int, help="times each is measured (2; 1 of the large ones)")
    parser.add_argument("--accelerator", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("overrides", nargs="*", help="of the learners' config, e.g. learner.encoder=resnet50")
    options = parser.parse_args()
    for noisy in ("pytorch_lightning", "timm"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    given = options.size and (tuple(options.size), tuple(options.file_size or options.size))
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {options.accelerator}")
    met = True

    def show(ratio: Ratio, note: str = "") -> None:
        nonlocal met
        print(f"{ratio}\n{note}".rstrip(), flush=True)
        met &= ratio.met

    for size, file_size, few, often in [(*given, 300, 2)] if given else CASES:
        n, repeats = options.images or few, options.repeats or often
        plain_n = min(options.plain_images, n)
        with tempfile.TemporaryDirectory() as folder:
            loops = LoopOverImages(Path(folder), n, size, file_size, options.accelerator, options.overrides)
            show(*loops.scan_ratio(plain_n, repeats))
            show(*loops.repair_ratio(plain_n, repeats))
        show(step_ratio(size, options.steps, repeats, options.accelerator, options.overrides))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
