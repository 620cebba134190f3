"""Configs as a command composes them; each command line is composed once, for composing takes a fifth of a second."""

import copy
from functools import cache

from omegaconf import DictConfig

from alseg.composition import paths
from alseg.composition.compose import compose, resolve
from alseg.composition.composing import composed as compose_alone


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (paths.conf() / group).glob("*.yaml"))


@cache
def _once(overrides: tuple[str, ...]) -> DictConfig:
    return compose(["data.root=/somewhere"] * ("data=folder" in overrides) + list(overrides))


def composed(*overrides: str) -> DictConfig:
    return copy.deepcopy(_once(overrides))


@cache
def _learner_once(overrides: tuple[str, ...]) -> DictConfig:
    chosen = [f"+{word}" if word.startswith("learner=") else word for word in overrides]
    if chosen == list(overrides):
        chosen.insert(0, "+learner=segmenter")
    return resolve(compose_alone(chosen, name=None, hydra=False)).learner


def composed_learner(*overrides: str) -> DictConfig:
    """The node ``learner`` alone, which takes a third of the time; the overrides are of this group."""
    return copy.deepcopy(_learner_once(overrides))
