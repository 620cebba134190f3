"""The loop's hot paths: ``python -m benchmarks.loop``.

- a training step (Lightning, controller, augmentation, sampling) over a bare PyTorch step of the same network and batch
- the scan of the pool over a bare ``inference_mode`` forward of the same images
- peak memory of a scan of 20,000 images over that of 2,000
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch

from alseg import randomness
from alseg.acquisition.entropy import Entropy
from alseg.callbacks.fit_guard import FitGuard
from alseg.composition import schema
from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.learners.learner import DataSpec
from alseg.learners.segmenter import Segmenter
from alseg.loop.training import Training
from benchmarks.measure import Ratio, alternately, own_peak_memory, peak_memory, seconds, show


def dataset(n: int, size: int) -> Dataset:
    """Random images, a box in each mask."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 1, size, size), dtype=np.uint8)
    targets = np.zeros((n, size, size), dtype=np.uint8)
    targets[:, size // 4 : size // 2, size // 4 : size // 2] = 1
    names = tuple(f"{i:06d}" for i in range(n))
    return Dataset("bench", "segmentation", names, names, images, targets, ("background", "box"), np.ones((n, 2)))


def pool_of(data: Dataset, labelled: int, steps: int, batch_size: int) -> PoolDataModule:
    """A pool with some labels."""
    pool = PoolDataModule(
        data,
        Split(data.ids, (), ()),
        seed=0,
        steps=steps,
        batch_size=batch_size,
        unlabelled_batch_size=batch_size,
        eval_batch_size=32,
    )
    pool.label(data.ids[:labelled], data.targets[:labelled])
    return pool


def training(steps: int, accelerator: str) -> Training:
    """Default training settings."""
    default: Any = compose().trainer
    return Training(schema.Training(**{**default, "steps": steps, "progress": False, "accelerator": accelerator}))


def segmenter(data: Dataset, steps: int) -> Segmenter:
    """The default learner."""
    with randomness.seeded_torch(0, 0, "initial weights"):
        learner: Segmenter = instantiate(compose().learner, spec=DataSpec.of(data), steps=steps)
    return learner


def step_ratio(size: int, steps: int, repeats: int, accelerator: str) -> Ratio:
    """Seconds per training step, ours over bare."""
    data = dataset(40, size)
    pool = pool_of(data, 40, steps, batch_size=8)
    fits = training(steps, accelerator)
    device = torch.device("cuda" if accelerator == "gpu" else "cpu")
    images, targets = torch.from_numpy(data.images).to(device), torch.from_numpy(data.targets).to(device)
    bare: Any = fits.prepare(segmenter(data, steps)).to(device).train()
    optimizer = bare.configure_optimizers()["optimizer"]
    numbers = count()

    def ours() -> float:
        learner = fits.prepare(segmenter(data, steps))
        controller = FitGuard(seed=0, round_=0, labelled=pool.labelled)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / str(next(numbers)) / "model.ckpt"
            return seconds(lambda: fits.fit(learner, pool, [controller], path, [])) / steps

    def bare_step(step: int) -> None:
        rows = torch.arange(8, device=device) + 8 * (step % 5)
        with torch.autocast(device.type, torch.bfloat16, enabled="bf16" in fits.precision):
            logits, _ = bare.network(bare.normalise(images[rows]))
            loss = bare.loss(logits, targets[rows])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(bare.parameters(), 1.0)
        optimizer.step()

    def reference() -> float:
        def run() -> None:
            for step in range(steps):
                bare_step(step)
            if device.type == "cuda":
                torch.cuda.synchronize()

        return seconds(run) / steps

    ours(), reference()  # warm up
    mine, plain, ratio = alternately(ours, reference, repeats)
    return Ratio("training step over a bare PyTorch step", mine, plain, "s", "<= 1.10", ratio <= 1.10, ratio)


def scan_ratio(size: int, n: int, repeats: int, accelerator: str) -> Ratio:
    """Images per second, scan over bare forward."""
    data = dataset(n, size)
    pool = pool_of(data, 0, 1, batch_size=8)
    scans = training(1, accelerator)
    device = torch.device("cuda" if accelerator == "gpu" else "cpu")
    learner = scans.prepare(segmenter(data, 1)).eval()
    bare: Any = scans.prepare(segmenter(data, 1)).eval().to(device)
    images: Any = torch.from_numpy(data.images)

    def ours() -> float:
        return n / seconds(lambda: scans.scan(learner, pool, Entropy(), keep_features=True))

    def reference() -> float:
        def run() -> None:
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled="bf16" in scans.precision):
                for batch in images.split(32):
                    bare.network(bare.normalise(batch.to(device)))
            if device.type == "cuda":
                torch.cuda.synchronize()

        return n / seconds(run)

    ours(), reference()  # warm up
    mine, plain, ratio = alternately(ours, reference, repeats)
    return Ratio("scan over a bare forward", mine, plain, "images/s", ">= 0.85", ratio >= 0.85, ratio)


def scan_once(n: int) -> None:
    """Scan n images of 32x32 and print the peak memory; run in a process of its own."""
    logging.disable(logging.WARNING)
    data = dataset(n, 32)
    pool = pool_of(data, 0, 1, batch_size=8)
    scans = training(1, "cpu")
    scans.scan(scans.prepare(segmenter(data, 1)), pool, Entropy(), keep_features=True)
    print(own_peak_memory())


def memory_ratio() -> Ratio:
    """Peak memory of a scan of 20,000 images over that of 2,000."""
    large, small = (peak_memory("benchmarks.loop", "--scan", str(n)) for n in (20_000, 2_000))
    ratio = large / small
    return Ratio(
        "memory of a 20,000-image scan over a 2,000-image one", large, small, "MiB", "<= 1.2", ratio <= 1.2, ratio
    )


def main() -> int:
    """Print every ratio; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=128, help="image side (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=15, help="training steps per repeat (default: %(default)s)")
    parser.add_argument("--images", type=int, default=256, help="images of the timed scan (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="times each is measured (default: %(default)s)")
    parser.add_argument("--accelerator", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--scan", type=int, metavar="N", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("timm").setLevel(logging.ERROR)
    if options.scan:
        scan_once(options.scan)
        return 0
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {options.accelerator}")
    measured = [
        lambda: step_ratio(options.size, options.steps, options.repeats, options.accelerator),
        lambda: scan_ratio(options.size, options.images, options.repeats, options.accelerator),
        memory_ratio,
    ]
    return show(measured)


if __name__ == "__main__":
    sys.exit(main())
