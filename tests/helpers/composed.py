"""Configs as a command composes them; each command line is composed once, for composing takes a tenth of a second."""

import copy
from functools import cache

from omegaconf import DictConfig

from alseg.composition import paths
from alseg.composition.compose import compose


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (paths.conf() / group).glob("*.yaml"))


@cache
def _once(overrides: tuple[str, ...]) -> DictConfig:
    return compose(["data.root=/somewhere"] * ("data=folder" in overrides) + list(overrides))


def composed(*overrides: str) -> DictConfig:
    return copy.deepcopy(_once(overrides))
