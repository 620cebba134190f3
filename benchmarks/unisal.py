"""UniSAL's hot paths: ``python -m benchmarks.unisal``.

- the contrastive loss, value and gradient, over a plain double loop of the same value. The released loop meets each pair
  once instead of twice: the ratio to such a loop stands beside it
- a training step of the two networks (Lightning, batches, two augmented views, all losses, optimiser) over two plain
  steps in bare PyTorch: forward, cross-entropy, backward and optimiser on as many normalised images
- the query out of candidates that all disagree, over scikit-learn's k-means and the nearest candidate to each centre. The
  sum of squared distances to the centres says which of the two clusters better. The default finds its centres on 32
  candidates per cluster; how long all of them take stands beside it

Both sides have as many threads and run in turn.

Seen on two cores (torch 2.15.0): loss 1,430 times as fast as the double loop (650 against one that meets each pair once; in CPU
seconds, on a machine three times too busy, 1,610 and 927), step 1.03, query of 1,000 out of 100,000 (`--candidates 100000 --picks
1000`) in 2.3 s, 24 times as fast with clusters 4.6% worse; on all candidates 5.8 times, 0.3% worse.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from alseg import randomness
from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.learners.classification_learner import ClassificationLearner
from alseg.learners.contrastive import Contrastive
from alseg.learners.learner import DataSpec
from alseg.selection.candidates import Candidates
from alseg.selection.geometry.clustering import k_means
from alseg.selection.selector import Selector
from benchmarks import pair_by_pair
from benchmarks.loop import pool_of, training
from benchmarks.measure import Ratio, alternately, cpu_seconds, least, seconds
from benchmarks.sequal import WARM_UP, Timed, wait

CLASSES = 9
"""Number of classes, as in NCT-CRC-HE-100K."""


# the contrastive loss


def contrastive_ratio(batch: int, repeats: int, device: torch.device) -> tuple[Ratio, str]:
    """Seconds of value and gradient, the loop's over ours; half of the batch labelled, a tenth of it left out.

    On the CPU these are CPU seconds of one thread, the least of neighbours in turn: a busy machine stretches a millisecond of
    small products on two threads tenfold, and the long loop hardly.
    """
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(batch, 128, generator=generator).to(device).requires_grad_() for _ in range(2))
    classes = torch.randint(0, CLASSES, (batch,), generator=generator)
    classes[batch // 2 :: 5] = -1
    classes = classes.to(device)
    loss, calls = Contrastive(), 20
    timed = seconds if device.type == "cuda" else cpu_seconds

    def ours() -> float:
        def run() -> None:
            for _ in range(calls):
                torch.autograd.grad(loss(first, second, classes), [first, second])
            wait(device)

        return timed(run) / calls

    def loop(*, later: bool) -> float:
        def run() -> None:
            value = pair_by_pair.contrastive(first, second, classes, loss.temperature, later=later)
            torch.autograd.grad(value, [first, second])
            wait(device)

        return timed(run)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    ours()  # warm up
    mine, plain = least(ours, lambda: loop(later=False), repeats)
    once = loop(later=True)
    torch.set_num_threads(threads)
    name = f"contrastive loss, batch {batch}, over a double loop"
    note = f"  over a loop that meets each pair once: {once / mine:.0f}"
    times = plain / mine
    unit = "s" if device.type == "cuda" else "CPU s"
    return Ratio(name, mine, plain, unit, ">= 300 times as fast", times >= 300, times), note


# a training step


def dataset(n: int, size: int) -> Dataset:
    """Random colour images of random classes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 3, size, size), dtype=np.uint8)
    names = tuple(f"{i:06d}" for i in range(n))
    classes = tuple(f"class {c}" for c in range(CLASSES))
    return Dataset("bench", "classification", names, names, images, np.arange(n) % CLASSES, classes, np.ones((n, 2)))


def learner(data: Dataset, steps: int, *overrides: str) -> ClassificationLearner:
    """Make the learner of a config."""
    with randomness.seeded_torch(0, 0, "initial weights"):
        made: ClassificationLearner = instantiate(compose(overrides).learner, spec=DataSpec.of(data), steps=steps)
    return made


def step_ratio(
    size: int, batch: int, steps: int, repeats: int, accelerator: str, overrides: Sequence[str]
) -> tuple[Ratio, str]:
    """Seconds per step with so many labelled and so many unlabelled images, over twice a plain step on all of them."""
    data = dataset(6 * batch, size)
    fits = training(WARM_UP + steps, accelerator)
    pool = pool_of(data, 2 * batch, WARM_UP + steps, batch)
    device = torch.device("cuda" if accelerator == "gpu" else "cpu")
    bare: Any = fits.prepare(learner(data, steps, "learner=classifier", *overrides)).to(device).train()
    optimizer = bare.configure_optimizers()["optimizer"]
    images = bare.normalise(torch.from_numpy(data.images[: 2 * batch]).to(device))
    targets = torch.from_numpy(data.targets[: 2 * batch]).to(device)
    clip, numbers = fits.config.gradient_clip, count()

    def ours(folder: Path) -> float:
        made = fits.prepare(learner(data, WARM_UP + steps, "learner=unisal", "learner.alone=0", *overrides))
        pool.begin_round(0, uses_unlabelled=True)
        timed = Timed(pool.labelled)
        fits.fit(made, pool, [timed], folder / str(next(numbers)) / "model.ckpt", [])
        first, last = timed.times
        return (last - first) / steps

    def plain_step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled="bf16" in fits.precision):
            loss = bare.loss(bare.network(images)[0], targets)
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(bare.parameters(), clip)
        optimizer.step()

    def two_plain_steps() -> float:
        def run() -> None:
            for _ in range(2 * steps):
                plain_step()
            wait(device)

        return seconds(run) / steps

    def views() -> None:
        for _ in range(2 * steps):
            bare.normalise(bare.augmentation(raw))
        wait(device)

    for _ in range(WARM_UP):
        plain_step()
    with tempfile.TemporaryDirectory() as folder:
        mine, plain, ratio = alternately(lambda: ours(Path(folder)), two_plain_steps, repeats)
    raw = torch.from_numpy(data.images[: 2 * batch]).to(device)
    share = seconds(views) / steps / mine
    name = f"step of two networks on {batch} + {batch} images of {size}x{size}, over two plain steps"
    return Ratio(name, mine, plain, "s", "<= 1.10", ratio <= 1.10, ratio), f"  {share:.0%} of it makes the two views"


# the query


def projections(n: int, dimensions: int = 128) -> NDArray[np.float32]:
    """Points of nine classes, each spread along sixteen directions of its own, with some noise."""
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(CLASSES, dimensions))
    axes = rng.normal(size=(CLASSES, 16, dimensions))
    classes = rng.integers(0, CLASSES, n)
    points = centres[classes] + 0.3 * rng.normal(size=(n, dimensions))
    for c in range(CLASSES):
        mine = classes == c
        points[mine] += rng.normal(size=(int(mine.sum()), 16)) @ axes[c]
    return points.astype(np.float32)


def query_ratio(n: int, picks: int) -> tuple[Ratio, str]:
    """Seconds of the query, scikit-learn's over ours: a minute over seconds, measured once."""
    points = projections(n)
    scores = (1 + np.random.default_rng(1).random(n)).astype(np.float32)  # all disagree: the most there is to cluster
    candidates = Candidates(tuple(f"{i:07d}" for i in range(n)), scores, points)
    selector: Selector = instantiate(compose(["strategy=dus_cs"]).strategy).selector
    whole: Selector = instantiate(
        compose(["strategy=dus_cs", "strategy.selector.of.per_cluster=null"]).strategy
    ).selector
    found: list[Any] = []

    def select(selector: Selector) -> float:
        return seconds(lambda: selector.select(candidates, picks, np.random.default_rng(0)))

    def reference() -> float:
        def run() -> None:
            found[:] = [KMeans(picks, n_init=1, random_state=0).fit(points)]
            np.argmin(found[0].transform(points), axis=0)  # the candidate nearest to each centre

        return seconds(run)

    mine, plain = select(selector), reference()
    on_all, times = select(whole), plain / mine
    centred = points - points.mean(axis=0)
    inertia = {
        text: k_means(centred, picks, np.random.default_rng(0), per_cluster=per_cluster)[1].sum()
        for text, per_cluster in (("ours", selector.of.per_cluster), ("on all candidates", None))  # type: ignore[attr-defined]
    }
    note = (
        f"  sums of squared distances over scikit-learn's (after {found[0].n_iter_} iterations): "
        + ", ".join(f"{text} {value / found[0].inertia_:.3f}" for text, value in inertia.items())
        + f"; with centres found on all candidates {on_all:.3g} s, {plain / on_all:.1f} times as fast"
    )
    name = f"query of {picks} out of {n} candidates, over scikit-learn's k-means"
    return Ratio(name, mine, plain, "s", ">= 5 times as fast", times >= 5, times), note


def main() -> int:
    """Print every ratio; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128, help="samples of the contrastive loss (default: %(default)s)")
    parser.add_argument("--size", type=int, default=64, help="image side (default: %(default)s)")
    parser.add_argument("--half", type=int, default=16, help="images per half of a step's batch (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=8, help="training steps per repeat (default: %(default)s)")
    parser.add_argument("--candidates", type=int, default=50_000, help="of the query (default: %(default)s)")
    parser.add_argument("--picks", type=int, default=500, help="of the query (default: %(default)s)")
    parser.add_argument(
        "--repeats", type=int, default=3, help="times loss and step are measured (default: %(default)s)"
    )
    parser.add_argument(
        "--accelerator", choices=["cpu", "gpu"], default="cpu", help="of loss and step; queries run on the CPU"
    )
    parser.add_argument("overrides", nargs="*", help="of the learners' config, e.g. learner.backbone=resnet50")
    options = parser.parse_args()
    for noisy in ("pytorch_lightning", "timm"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    device = torch.device("cuda" if options.accelerator == "gpu" else "cpu")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {options.accelerator}")
    step = (options.size, options.half, options.steps, options.repeats, options.accelerator, options.overrides)
    measured: list[Callable[[], tuple[Ratio, str]]] = [
        lambda: contrastive_ratio(options.batch, options.repeats, device),
        lambda: step_ratio(*step),
        lambda: query_ratio(options.candidates, options.picks),
    ]
    met = True
    for measure in measured:
        ratio, note = measure()
        print(f"{ratio}\n{note}", flush=True)
        met &= ratio.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
