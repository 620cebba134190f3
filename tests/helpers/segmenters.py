"""Segmenters of the config, and images for them."""

import torch
from hydra import compose, initialize_config_dir

from alseg.composition import folder_names as folders
from alseg.composition import paths
from alseg.composition import schema as config
from alseg.composition.instantiate import factory
from alseg.learners.learner import DataSpec

SPEC = DataSpec("segmentation", ("background", "a", "b"), 1, (64, 96), "mm")


def segmenter(*overrides: str, spec: DataSpec = SPEC, steps: int = 5):
    config.register()
    folders.register()
    with initialize_config_dir(str(paths.conf()), version_base="1.3"):
        node = compose("config", overrides=list(overrides)).learner
    return factory(node)(spec=spec, steps=steps)


def images(n=2, spec=SPEC):
    return torch.randint(0, 256, (n, spec.channels, *spec.size), dtype=torch.uint8)


SMALL = ("learner=dual_view", "learner.encoder=mobilenetv3_small_050", "learner.weights=none")


def dual_view(*overrides: str, steps=20, **options):
    made = segmenter(*SMALL, *overrides, steps=steps, **options)
    made.log = lambda *_, **__: None
    return made


def sequal():
    made = segmenter("learner=sequal", "learner.encoder=mobilenetv3_small_050", "learner.weights=none", steps=20)
    made.log = lambda *_, **__: None
    return made
