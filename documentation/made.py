"""Objects of choices, for what a page says and shows of them."""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np
from omegaconf import DictConfig, OmegaConf

from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset
from alseg.learners.learner import DataSpec, Learner
from alseg.oracles.oracle import Oracle
from alseg.strategy import Strategy
from documentation.choice import names, read_choice

SURROUNDINGS = {
    "seed": 0,
    "budget": {"rounds": 5},
    "reduction": {"_target_": "alseg.acquisition.reduction.Mean"},
    "embedding": {"_target_": "alseg.embeddings.pixels.Pixels", "size": 4},
    "data": {"mask_255": None, "follow_links": False},
}
"""What choices refer to in the rest of a config, as small as can be."""


def node(group: str, name: str) -> DictConfig:
    """The node of a choice, with all that it refers to."""
    config = OmegaConf.merge(SURROUNDINGS, read_choice(group, name).explained.config)
    found = OmegaConf.select(config, group)
    assert isinstance(found, DictConfig), f"{group}={name}"
    return found


def strategy(group: str, name: str) -> Strategy:
    """A strategy or cold start."""
    return cast(Strategy, instantiate(node(group, name)))


def oracle(name: str, dataset: Dataset) -> Oracle:
    """An oracle for a data set."""
    return cast(Oracle, instantiate(node("oracle", name), dataset=dataset))


@cache
def learner(name: str) -> Learner:
    """A learner over the smallest network, for images of three classes."""
    config = node("learner", name)
    for key, value in {"weights": "none", "encoder": "mobilenetv3_small_050"}.items():
        if key in config:
            config[key] = value
    images = np.zeros((4, 3, 32, 32), np.uint8)
    made: Learner | None = None
    for task in ("segmentation", "classification"):
        try:
            made = instantiate(config, spec=DataSpec(task, ("a", "b", "c"), 3, (32, 32), "image", images), steps=10)
            break
        except Exception:
            if task == "classification":
                raise
    assert made is not None
    return made


def learners() -> dict[str, Learner]:
    """All learners by name."""
    return {name: learner(name) for name in names("learner")}
