"""Segmenters of the config, and images for them."""

import torch

from alseg.composition.instantiate import instantiate
from alseg.learners.learner import DataSpec
from tests.helpers.composed import composed_group

SPEC = DataSpec("segmentation", ("background", "a", "b"), 1, (64, 96), "mm")


def segmenter(*overrides: str, spec: DataSpec = SPEC, steps: int = 5):
    chosen = () if any(word.startswith("learner=") for word in overrides) else ("learner=segmenter",)
    return instantiate(composed_group("learner", *chosen, *overrides), spec=spec, steps=steps)


def images(n=2, spec=SPEC):
    return torch.randint(0, 256, (n, spec.channels, *spec.size), dtype=torch.uint8)


SMALL = ("learner=dual_view", "learner.encoder=test_efficientnet", "learner.weights=none")


def dual_view(*overrides: str, steps=20, **options):
    made = segmenter(*SMALL, *overrides, steps=steps, **options)
    made.log = lambda *_, **__: None
    return made


def sequal():
    made = segmenter("learner=sequal", "learner.encoder=test_efficientnet", "learner.weights=none", steps=20)
    made.log = lambda *_, **__: None
    return made
