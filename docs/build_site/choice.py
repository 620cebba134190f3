"""A choice of a config group, and what its file says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from omegaconf import DictConfig, OmegaConf

from alseg.commands.settings_text import INNER, value_text
from alseg.composition import paths
from alseg.composition.comments import read_comments
from alseg.composition.explained import Explained, explain

WHEN = " When: "
"""Beginning of a part of the comment that a file begins with."""


@dataclass(frozen=True)
class Choice:
    """Name of a file ``conf/GROUP/NAME.yaml``, and what is in it.

    Args:
        group: such as ``strategy``.
        name: such as ``entropy``.
        heading: the comment that the file begins with.
        explained: the group as this choice alone composes it, with its comments.
    """

    group: str
    name: str
    heading: str
    explained: Explained

    @property
    def about(self) -> str:
        """What it is."""
        return self.heading.partition(WHEN)[0]

    @property
    def when(self) -> str:
        """When to use it; "" where its file does not say."""
        return self.heading.partition(WHEN)[2]

    @property
    def node(self) -> DictConfig:
        """What the choice puts into the config, at the place of its group."""
        node = OmegaConf.select(self.explained.config, self.group.replace("/", "."))
        return node if isinstance(node, DictConfig) else OmegaConf.create()

    @property
    def targets(self) -> list[str]:
        """Every ``_target_`` of alseg in it, from the outside in, each once."""
        return list(dict.fromkeys(target for target in _targets(self.node) if target.startswith("alseg.")))

    def settings(self) -> Iterator[tuple[str, str, str]]:
        """Key, value and comment of each setting below its group."""
        yield from flat(self.node, f"{self.group.replace('/', '.')}.", self.explained.comments)


def names(group: str) -> list[str]:
    """Names of the files of a group."""
    return sorted(path.stem for path in (paths.conf() / group).glob("*.yaml"))


@cache
def read_choice(group: str, name: str) -> Choice:
    """Compose a choice by itself, without all other groups."""
    text = (paths.conf() / group / f"{name}.yaml").read_text(encoding="utf-8")
    return Choice(group, name, read_comments(text).heading, explain([f"+{group}={name}"], root=None))


def flat(node: DictConfig, prefix: str, comments: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Key, value and comment of each setting in a node; a node without any is its own, ``{}``."""
    for name in map(str, node):
        if name in INNER:
            continue
        child, key = node._get_node(name), f"{prefix}{name}"
        if isinstance(child, DictConfig) and not (child._is_none() or child._is_interpolation() or child._is_missing()):
            inner = list(flat(child, f"{key}.", comments))
            if key in comments or len(child) == 0:
                yield key, "" if inner else "{}", comments.get(key, "")
            yield from inner
        else:
            value = child._value() if child is not None and not OmegaConf.is_config(child) else child
            yield key, value_text(value), comments.get(key, "")


def _targets(node: DictConfig) -> Iterator[str]:
    if "_target_" in node:
        yield str(node["_target_"])
    for name in node:
        child = node._get_node(name)
        if isinstance(child, DictConfig) and not (child._is_none() or child._is_interpolation() or child._is_missing()):
            yield from _targets(child)
