"""Fits of a few steps, and what kills them."""

import pytorch_lightning as pl

from alseg.composition import schema
from alseg.loop.training import Training
from tests.helpers.composed import composed


def training(**settings) -> Training:
    settings = {"steps": 6, "batch_size": 4, "accelerator": "cpu", "progress": False} | settings
    return Training(schema.Training(**{**composed().trainer, **settings}))


class Killed(Exception):
    pass


class KillAt(pl.Callback):
    def __init__(self, step):
        self.step = step

    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == self.step:
            raise Killed
