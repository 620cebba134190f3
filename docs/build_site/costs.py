"""What choices cost: CPU time of picks, as the site is built, and the operations of a training step and of a scan, counted."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from functools import cache
from unittest import mock

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from alseg.data.dataset import Task
from alseg.data.phantoms.carotid import phantom_carotid
from alseg.data.phantoms.histology import phantom_histology
from alseg.data.pool import PoolDataModule
from alseg.data.split import Split
from alseg.learners.learner import EXAMPLES, DataSpec, Learner
from alseg.selection.candidates import Candidates
from alseg.strategy import Strategy
from docs.build_site import made

POOL, WIDTH, PICKS, BATCH = 2_000, 64, 10, 4
"""Images and features of the pool that is picked from, picks, and images of a batch."""


def of_strategy(strategy: Strategy) -> Iterator[str]:
    """Scans and picks of a query."""
    if not strategy.asks:
        return
    acquisition = strategy.acquisition
    if strategy.compares_rounds:
        yield "two scans of the pool, by the models of the last two rounds"
    elif strategy.needs_model:
        all_of = ", with all its members" if acquisition is not None and acquisition.min_members > 1 else ""
        yield f"a scan of the pool by the trained model{all_of}"
    else:
        yield "no scan of the pool"
    candidates, begun = _pool(strategy), time.process_time()
    strategy.selector.select(candidates, PICKS, np.random.default_rng(0))
    seconds = _text(time.process_time() - begun)
    yield f"{seconds} for {PICKS} picks among {POOL:,} images of {WIDTH} features, when this site was built"


def of_learner(name: str) -> Iterator[str]:
    """Operations of a training step and of a scan, as a multiple of the plain learner's; heads on frozen features have no steps."""
    plain = EXAMPLES[_task(made.learner(name))]
    if not made.learner(name).networks():
        yield "features of every image, once for a data set and kept; then a fit of seconds, whatever `trainer.steps` is"
        return
    (step, scan), (plain_step, plain_scan) = _operations(name), _operations(plain)
    if name != plain:
        unlabelled = ", with as many unlabelled images as labelled ones" if made.learner(name).uses_unlabelled else ""
        yield f"a training step of {step / plain_step:.1f} times the operations of `{plain}`'s{unlabelled}"
        yield f"a scan of {scan / plain_scan:.1f} times the operations of `{plain}`'s"


def _task(learner: Learner) -> Task:
    (task,) = learner.tasks
    return task


@cache
def _operations(name: str) -> tuple[int, int]:
    """Multiplications and additions of a training step and of the prediction of a batch, of the layers that have nearly all."""
    task = _task(made.learner(name))
    make = phantom_histology if task == "classification" else phantom_carotid
    dataset = make(32, 4, BATCH)
    learner = made.new_learner(name, DataSpec.of(dataset))
    pool = PoolDataModule(
        dataset,
        Split(dataset.ids, (), ()),
        seed=0,
        steps=1,
        batch_size=BATCH,
        unlabelled_batch_size=BATCH,
        eval_batch_size=BATCH,
    )
    pool.label(dataset.ids[: 2 * BATCH], dataset.targets[: 2 * BATCH])
    pool.begin_round(0, uses_unlabelled=learner.uses_unlabelled)

    learner.train()
    late = mock.patch.object(Learner, "global_step", learner.steps)  # when all terms of its loss have set in
    with late, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nobody listens to what it logs
        batch = next(iter(pool.train_dataloader()))
        with FlopCounterMode(display=False) as step:
            loss = learner.training_step(batch[0] if isinstance(batch, tuple) else batch, 0)
            loss.backward()  # type: ignore[union-attr]
    learner.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as scan:
        learner.predict_members(learner.normalise(pool.images(dataset.ids[:BATCH])))
    return step.get_total_flops(), scan.get_total_flops()


def _text(seconds: float) -> str:
    return "less than 0.01 CPU-seconds" if seconds < 0.01 else f"{seconds:.1g} CPU-seconds"


@cache
def _numbers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features ``(N, D)`` in ten clumps, probabilities ``(N, 10)`` and scores ``(N,)``."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(10, size=POOL)
    features = rng.normal(0, 1, (10, WIDTH))[kinds] + rng.normal(0, 0.5, (POOL, WIDTH))
    return features.astype(np.float32), rng.dirichlet(np.full(10, 0.5), POOL).astype(np.float32), rng.random(POOL)


def _pool(strategy: Strategy) -> Candidates:
    """The pool as a strategy sees it, with twenty labelled images more."""
    features, probabilities, scores = _numbers()
    ids, known = tuple(f"{row:04d}" for row in range(POOL)), tuple(f"known_{row:02d}" for row in range(20))
    return Candidates(
        ids,
        scores=scores,
        features=features,
        labelled_ids=known,
        labelled_features=features[:20] + np.float32(0.1),
        round=1,
        probabilities=probabilities,
        groups=tuple(f"group {row % 100}" for row in range(POOL)),
        labelled_groups=tuple(f"group {row}" for row in range(20)),
        class_scores=scores[:, None] * probabilities,
        truth=dict(zip((*ids, *known), [*probabilities.argmax(axis=1).tolist(), *range(10), *range(10)]))
        if strategy.needs_truth
        else None,
    )
