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


BESIDE = {"strategy": ("+reduction=mean", "+budget=mid"), "cold_start": ("+reduction=mean", "+budget=mid")}
"""Other groups that a group's settings refer to."""


@cache
def _group_once(group: str, overrides: tuple[str, ...]) -> DictConfig:
    chosen = [f"+{word}" if word.startswith(f"{group}=") else word for word in overrides]
    return resolve(compose_alone([*BESIDE.get(group, ()), *chosen], name=None, hydra=False))[group]


def composed_group(group: str, *overrides: str) -> DictConfig:
    """A group's node alone, which takes a third of the time; the overrides are of this group, and choose its file."""
    return copy.deepcopy(_group_once(group, overrides))
