"""Classifiers of the config, and batches for them."""

import torch

from alseg.learners.learner import DataSpec
from tests.helpers.segmenters import segmenter

SPEC = DataSpec("classification", ("a", "b", "c"), 3, (32, 40), "mm")
LIGHT = ("learner.backbone=test_efficientnet", "learner.weights=none")


def classifier(*overrides: str, name="classifier", spec=SPEC, steps=5):
    made = segmenter(f"learner={name}", *overrides, spec=spec, steps=steps)
    made.log = lambda *_, **__: None
    return made


def images(n=4, spec=SPEC):
    return torch.randint(0, 256, (n, spec.channels, *spec.size), dtype=torch.uint8)


def batch(n=4, spec=SPEC):
    return {"image": images(n, spec), "target": torch.arange(n) % len(spec.classes)}
