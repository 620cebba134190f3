"""Objects of choices, for what a page says and shows of them."""

from __future__ import annotations

from functools import cache
from typing import Any, cast, get_args

import numpy as np
from omegaconf import DictConfig, OmegaConf

from alseg.composition.instantiate import instantiate
from alseg.data.dataset import Dataset, Task
from alseg.errors import ConfigError
from alseg.learners.learner import DataSpec, Learner
from alseg.oracles.oracle import Oracle
from alseg.strategy import Strategy
from docs.build_site.choice import names, read_choice

TASKS: tuple[Task, ...] = get_args(Task)
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


def oracle(name: str, dataset: Dataset, **settings: Any) -> Oracle:
    """An oracle for a data set, with other settings than its own."""
    return cast(Oracle, instantiate(node("oracle", name), dataset=dataset, **settings))


@cache
def learner(name: str) -> Learner:
    """A learner over the smallest network, for images of three classes."""
    images = np.zeros((4, 3, 32, 32), np.uint8)
    specs = [DataSpec(task, ("a", "b", "c"), 3, (32, 32), "px", images) for task in TASKS]
    try:
        return new_learner(name, specs[0])
    except ConfigError:  # it is for the other task
        return new_learner(name, specs[1])


def new_learner(name: str, spec: DataSpec, steps: int = 10, **settings: Any) -> Learner:
    """A learner over the smallest network, without pretrained weights unless ``settings`` say otherwise."""
    config = node("learner", name)
    for key, value in ({"weights": "none", "encoder": "mobilenetv3_small_050"} | settings).items():
        if key in config:
            config[key] = value
    return cast(Learner, instantiate(config, spec=spec, steps=steps))


def learners() -> dict[str, Learner]:
    """All learners by name."""
    return {name: learner(name) for name in names("learner")}
