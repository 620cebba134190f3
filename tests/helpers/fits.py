"""Fits of a few steps, and what kills them."""

import pytorch_lightning as pl
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from alseg.composition import folder_names as folders
from alseg.composition import paths, schema
from alseg.loop.training import Training


def training(**settings) -> Training:
    schema.register()
    folders.register()
    settings = {"steps": 6, "batch_size": 4, "accelerator": "cpu", "progress": False} | settings
    with initialize_config_dir(str(paths.conf()), version_base="1.3"):
        node = compose("config").trainer
    node.merge_with(settings)
    return Training(OmegaConf.to_object(node))


class Killed(Exception):
    pass


class KillAt(pl.Callback):
    def __init__(self, step):
        self.step = step

    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step == self.step:
            raise Killed
