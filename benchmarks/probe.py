"""The fast lane beside fine-tuning: ``python -m benchmarks.probe``.

- CPU seconds of a round (training, evaluation of 100 images, scan of the rest) of ``classifier`` over ``probe``, and of
  ``segmenter`` over ``pixel_probe``, at the default settings, on the same images and labels; the features, which are
  computed once for all rounds and runs, are not in them
- images per CPU second of the features, from uint8 images to the finished entry of the cache, over a bare forward
- peak memory of 20,000 images, embedded and scanned by a probe, over that of 2,000
- CPU seconds of bf16 over float32, of an embedding and of a segmenter's scan, where the processor has bf16; and how many of
  50 (or of the ten highest entropies) are picked by both

Each ratio is of neighbours in time, and of CPU seconds, which a busy machine changes least.

Seen on 2026-12-01 on two cores with nothing else to do (torch 2.15, 400 images of 64 x 64): probe 295 times as fast as classifier
(41.3 over 0.14 CPU s); pixel_probe 24 times as fast as segmenter (59.4 over 2.5 CPU s); features 1.04 of a bare forward; memory
1.09 times (1192 over 1090 MiB); bf16 0.78 of an embedding's time and 0.74 of a scan's, which both miss their target. Picks in bf16
as in float32: of 50, k-center 40 and TypiClust 32 (in float16 all); of the ten highest entropies, ten.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from functools import cache
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
from alseg.data.phantoms.carotid import phantom_carotid
from alseg.data.phantoms.histology import phantom_histology
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.embeddings.cache import embed
from alseg.embeddings.timm_model import TimmModel
from alseg.learners.learner import DataSpec, Learner
from alseg.loop.training import Training
from alseg.networks.bf16 import has_bf16
from alseg.selection.candidates import Candidates
from alseg.selection.k_center import KCenter
from alseg.selection.typiclust import TypiClust
from benchmarks.measure import Ratio, alternately, cpu_seconds, own_peak_memory, peak_memory, show

LABELLED, TESTED = 40, 100
LANES = {"classification": ("classifier", "probe", 50.0), "segmentation": ("segmenter", "pixel_probe", 20.0)}
"""Learner that is trained, learner on frozen features, and by how much a round of that should be faster."""


def pool_of(data: Dataset) -> PoolDataModule:
    """A pool with some labels, a test set, and no validation set."""
    trainer = compose().trainer
    test, rest = data.ids[:TESTED], data.ids[TESTED:]
    sizes = {key: trainer[key] for key in ("steps", "batch_size", "unlabelled_batch_size", "eval_batch_size")}
    pool = PoolDataModule(data, Split(rest, (), test), seed=0, **sizes)
    pool.label(rest[:LABELLED], data.targets[TESTED : TESTED + LABELLED])
    return pool


def training(**settings: Any) -> Training:
    """Default training settings, and others."""
    default: Any = compose().trainer
    return Training(schema.Training(**{**default, "progress": False, "accelerator": "cpu", **settings}))


@cache
def config_of(name: str, size: int) -> Any:
    """The config of a learner, composed once: a run does so once, too."""
    return compose([f"learner={name}", f"embedding.size={size}"])


def learner_of(name: str, data: Dataset) -> Learner:
    """A learner of the config, on features of its own size of images."""
    config = config_of(name, data.size[0])
    with randomness.seeded_torch(0, 0, "initial weights"):
        made: Learner = instantiate(config.learner, spec=DataSpec.of(data), steps=config.trainer.steps)
    return made


def round_ratio(data: Dataset, repeats: int) -> Ratio:
    """Seconds of a round, trained over solved."""
    name, probe, target = LANES[data.task]
    pool, loop, numbers = pool_of(data), training(), count()

    def round_of(which: str) -> float:
        def run() -> None:
            learner = loop.prepare(learner_of(which, data))
            with tempfile.TemporaryDirectory() as folder:
                guard = FitGuard(seed=0, round_=0, labelled=pool.labelled)
                loop.fit(learner, pool, [guard], Path(folder) / str(next(numbers)) / "model.ckpt", [])
            loop.evaluate(learner, pool)
            loop.scan(learner, pool, Entropy(), keep_features=False)

        return cpu_seconds(run)

    first = round_of(probe)
    print(
        f"  {probe}: {first:.2f} CPU s for the first round, which computes the features of {len(data)} images",
        flush=True,
    )
    trained, solved, ratio = alternately(lambda: round_of(name), lambda: round_of(probe), repeats)
    return Ratio(
        f"round of {name} over one of {probe}", trained, solved, "CPU s", f">= {target:g}", ratio >= target, ratio
    )


def features_ratio(images: Any, repeats: int) -> Ratio:
    """Images per second, features in the cache over a bare forward."""
    embedding = TimmModel(size=images.shape[2], accelerator="cpu", progress=False)
    network: Any = embedding._frozen.network

    def ours() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return len(images) / cpu_seconds(lambda: embed(embedding, images, Path(folder)))

    def reference() -> float:
        def run() -> None:
            with torch.inference_mode():
                for batch in torch.split(torch.from_numpy(images), embedding.batch_size):
                    scaled = (batch.float() / 255 - embedding.mean) / embedding.std
                    network.forward_features(scaled.contiguous(memory_format=torch.channels_last)).mean(dim=(2, 3))

        return len(images) / cpu_seconds(run)

    ours(), reference()  # warm up
    mine, plain, ratio = alternately(ours, reference, repeats)
    return Ratio("features over a bare forward", mine, plain, "images/CPU s", ">= 0.95", ratio >= 0.95, ratio)


def once(n: int) -> None:
    """Embed n images of 32 x 32, scan them by a probe, and print the peak memory; run in a process of its own."""
    rng = np.random.default_rng(0)
    ids = tuple(f"{i:06d}" for i in range(n))
    images = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
    classes = ("a", "b", "c")
    data = Dataset("bench", "classification", ids, ids, images, np.arange(n) % 3, classes, np.ones((n, 2)))
    pool, loop = pool_of(data), training()
    with tempfile.TemporaryDirectory() as folder:
        learner = loop.prepare(learner_of("probe", data))
        loop.fit(learner, pool, [], Path(folder) / "model.ckpt", [])
    loop.scan(learner, pool, Entropy(), keep_features=False)
    print(own_peak_memory())


def memory_ratio() -> Ratio:
    """Peak memory of 20,000 images over that of 2,000."""
    large, small = (peak_memory("benchmarks.probe", "--once", str(n)) for n in (20_000, 2_000))
    ratio = large / small
    return Ratio("memory of 20,000 images over 2,000", large, small, "MiB", "<= 1.2", ratio <= 1.2, ratio)


def bf16_embedding(images: Any, repeats: int) -> Ratio:
    """CPU seconds of a batch of 8, bf16 over float32; and the picks."""
    made = {
        key: TimmModel(size=images.shape[2], batch_size=8, accelerator="cpu", precision=key) for key in ("bf16", "32")
    }
    found = {key: one.extract(images) for key, one in made.items()}
    ids = tuple(f"{row:05d}" for row in range(len(images)))
    found |= {"float16": found["32"].astype(np.float16).astype(np.float32)}
    for selector in (KCenter(), TypiClust()):
        picks = {
            key: set(selector.select(Candidates(ids, features=one), 50, np.random.default_rng(0)))
            for key, one in found.items()
        }
        for key in ("bf16", "float16"):
            same, name = len(picks[key] & picks["32"]), type(selector).__name__
            print(f"  {name}: {same} of 50 picks are the same on features of {key} as of float32", flush=True)
    batch = images[:8]
    fast, exact, ratio = alternately(
        lambda: cpu_seconds(lambda: made["bf16"].extract(batch)),
        lambda: cpu_seconds(lambda: made["32"].extract(batch)),
        5 * repeats,
    )
    return Ratio("embedding of 8 images in bf16 over float32", fast, exact, "CPU s", "<= 0.7", ratio <= 0.7, ratio)


def bf16_scan(data: Dataset, repeats: int) -> Ratio:
    """CPU seconds of a scan, bf16 over float32; and the picks."""
    pool, exact, fast = pool_of(data), training(steps=40), training(scan_precision="bf16-mixed")
    learner = exact.prepare(learner_of("segmenter", data))
    with tempfile.TemporaryDirectory() as folder:
        exact.fit(learner, pool, [], Path(folder) / "model.ckpt", [])

    def scanned(by: Training) -> Candidates:
        return by.scan(learner, pool, Entropy(), keep_features=False)

    top = [{*np.argsort(-np.asarray(scanned(by).scores))[:10].tolist()} for by in (fast, exact)]
    print(
        f"  entropy: {len(top[0] & top[1])} of the 10 highest are the same in a scan of bf16 as of float32", flush=True
    )
    mine, plain, ratio = alternately(
        lambda: cpu_seconds(lambda: scanned(fast)), lambda: cpu_seconds(lambda: scanned(exact)), repeats
    )
    return Ratio("scan in bf16 over float32", mine, plain, "CPU s", "<= 0.7", ratio <= 0.7, ratio)


def main() -> int:
    """Print every ratio; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=64, help="image side (default: %(default)s)")
    parser.add_argument(
        "--slides", type=int, default=40, help="slides of 10 tiles, and patients (default: %(default)s)"
    )
    parser.add_argument("--repeats", type=int, default=1, help="times each is measured (default: %(default)s)")
    parser.add_argument("--once", type=int, metavar="N", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for library in ("pytorch_lightning", "lightning_fabric", "timm"):
        logging.getLogger(library).setLevel(logging.ERROR)
    if options.once:
        once(options.once)
        return 0
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    size, repeats = options.size, options.repeats
    tiles = phantom_histology(size=size, slides=options.slides, tiles=10)
    frames = phantom_carotid(size=[size, size], patients=options.slides, frames=10)
    measured: list[Callable[[], Ratio]] = [
        lambda: round_ratio(tiles, repeats),
        lambda: round_ratio(frames, repeats),
        lambda: features_ratio(phantom_histology(size=128, slides=26, tiles=10).images, repeats),
        memory_ratio,
    ]
    if has_bf16(torch.device("cpu")):
        large = phantom_histology(size=128, slides=50, tiles=10)
        measured += [lambda: bf16_embedding(large.images, repeats), lambda: bf16_scan(frames, repeats)]
    return show(measured)


if __name__ == "__main__":
    sys.exit(main())
