"""Runs of the loop that take milliseconds."""

import numpy as np

from alseg.acquisition.entropy import Entropy
from alseg.callbacks.audit import Audit
from alseg.callbacks.label_quality import LabelQuality
from alseg.callbacks.memorisation import Memorisation
from alseg.callbacks.query_scores import QueryScores
from alseg.callbacks.query_table import QueryTable
from alseg.callbacks.query_thumbnails import QueryThumbnails
from alseg.callbacks.thickness import WallThickness
from alseg.callbacks.tracking import Tracking
from alseg.callbacks.worst_cases import WorstCases
from alseg.composition.schema import Budget
from alseg.data.pool import PoolDataModule
from alseg.data.split import split_by_group
from alseg.loop.controller import ActiveLearningController
from alseg.oracles.simulated import Simulated
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.selection.k_center import KCenter
from alseg.selection.random import Random
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.tiny_learner import TinyLearner

RANDOM = Strategy("random", Random())
ENTROPY = Strategy("entropy", Top(), Entropy())
K_CENTER = Strategy("k_center", KCenter())


def make_callbacks(stopping=None, tracker=None, worst=0):
    """Those of conf/callbacks/default.yaml, with rules and a tracker."""
    callbacks = {
        "thickness": WallThickness(),
        "worst_cases": WorstCases(worst),
        "label_quality": LabelQuality(),
        "memorisation": Memorisation(),
        "query_scores": QueryScores(),
        "query_table": QueryTable(),
        "query_thumbnails": QueryThumbnails(),
        "audit": Audit(),
        **(stopping or {}),
    }
    return callbacks if tracker is None else {**callbacks, "logger": Tracking(tracker)}


def make_run(
    folder,
    dataset=None,
    seed=0,
    budget=(3, 2, 3),
    oracle=None,
    settings=None,
    stopping=None,
    tracker=None,
    worst=0,
    split_test=0.2,
    split_val=0.1,
    **options,
) -> ActiveLearningController:
    dataset = dataset or make_dataset(n=40, groups=20)
    split = split_by_group(dataset, test=split_test, val=split_val, max_val=100, rng=np.random.default_rng(seed))
    pool = PoolDataModule(dataset, split, seed=seed, steps=3, batch_size=4, unlabelled_batch_size=4, eval_batch_size=8)
    arguments = {
        "pool": pool,
        "make_learner": TinyLearner,
        "cold_start": RANDOM,
        "strategy": ENTROPY,
        "oracle": oracle or Simulated(dataset),
        "training": training(steps=3, **(settings or {})),
        "budget": Budget("test", *budget),
        "folder": RunFolder(folder),
        "seed": seed,
        "callbacks": make_callbacks(stopping, tracker, worst),
    }
    return ActiveLearningController(**(arguments | options))


def decisions(folder):
    return Ledger(folder / "ledger.jsonl", writable=False).decisions()


class Crash(Exception):
    pass
