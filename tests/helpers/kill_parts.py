"""Parts of a run that take their time, for the kill test."""

import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from omegaconf import DictConfig, OmegaConf

from alseg.acquisition.entropy import Entropy
from alseg.data.dataset import Dataset
from alseg.loop.job import run_job
from alseg.oracles.simulated import Simulated
from alseg.selection.random import Random
from alseg.selection.top import Top
from tests.helpers.discs import make_dataset
from tests.helpers.later_oracles import Letterbox
from tests.helpers.tiny_learner import TinyLearner

PAUSE = 0.2


def work(folder: str) -> None:
    """Run the folder's config to its end, or until the process is killed."""
    run_job(cast(DictConfig, OmegaConf.load(Path(folder) / "config.yaml")), Path(folder))


def discs(name: str) -> Dataset:
    return replace(make_dataset(n=40, groups=20), cimt="disc_1")


class SlowEntropy(Entropy):
    def __call__(self, prediction):
        time.sleep(PAUSE)
        return super().__call__(prediction)


class SlowTop(Top):
    def pick(self, candidates, n, rng):
        time.sleep(PAUSE)
        return super().pick(candidates, n, rng)


class SlowRandom(Random):
    def pick(self, candidates, n, rng):
        time.sleep(PAUSE)
        return np.asarray(super().pick(candidates, n, rng))


class SlowOracle(Simulated):
    def annotate(self, ids):
        time.sleep(PAUSE)
        return super().annotate(ids)


class SlowLetterbox(Letterbox):
    def ask(self, request):
        time.sleep(PAUSE / 2)
        answer = super().ask(request)
        time.sleep(PAUSE / 2)
        return answer


class SlowLearner(TinyLearner):
    def training_step(self, batch, *_):
        time.sleep(PAUSE / 10)
        return super().training_step(batch)

    def test_step(self, batch, *_):
        time.sleep(PAUSE)
        return super().test_step(batch)
