"""A learner that repairs its labels, and short fits of it."""

import numpy as np
import torch

from alseg.callbacks.fit_guard import FitGuard
from alseg.learners.refinement.self_refinement import SelfRefinement
from alseg.oracles.oracle import Annotations, Oracle
from tests.helpers.fits import training
from tests.helpers.tiny_learner import TinyLearner


class Pair(TinyLearner):
    """A student, and a teacher that thresholds the image: right on the discs, and sure of it."""

    def __init__(self, spec, steps, **refine):
        super().__init__(spec, steps)
        self.refine = SelfRefinement(**({"checks": 4, "at_latest": 0.5} | refine))
        self.modes = []

    def student(self, images):
        return self.head(self.body(images)), None

    def teacher(self, images):
        bright = (images[:, 0] * self.std + self.mean) * 255 > 120
        return torch.stack([~bright, bright], dim=1) * 20.0, None

    def training_step(self, batch, *_):
        self.modes.append(self.training)
        return super().training_step(batch)

    def configure_callbacks(self):
        return [self.refine]

    def fit_report(self):
        return self.refine.report()


def fit(pool, folder, learner=None, extra=(), **refine):
    torch.manual_seed(0)
    learner = learner or Pair(make_spec(pool), 8, **refine)
    fits = training(steps=8, checkpoint_minutes=1e-9)
    make = fits._trainer
    fits._trainer = lambda callbacks, **options: make([*callbacks, *extra], **options)
    controller = FitGuard(seed=0, round_=0, labelled=pool.labelled)
    return learner, fits.fit(learner, pool, [controller], folder / "model.ckpt", [])


def make_spec(pool):
    from alseg.learners.learner import DataSpec

    return DataSpec.of(pool.dataset)


class OneColumn(Oracle):
    """Annotates one column."""

    def __init__(self, dataset):
        self.dataset = dataset

    def annotate(self, ids):
        targets = self.dataset.targets[[self.dataset.ids.index(i) for i in ids]].copy()
        targets[:, :, :16] = targets[:, :, 17:] = 255
        return Annotations(tuple(ids), targets, np.ones(len(ids)), "hurried")
