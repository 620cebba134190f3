"""Conditions that runs stand for, named by the settings in which the compared runs differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from alseg.identity.settings import counted, flat, repeats

CONTENT = "content"
"""Last part of the keys under which a condition holds the digest of what lies in files: ``data.content``."""
IDLE = ("embedding", "map")
"""Groups that a condition has only if images are compared by them."""
NAME, DATA = "data.name", f"data.{CONTENT}"
BARE = ("strategy", "learner")
"""Groups whose names speak for themselves; the name of any other group is written ``group=name``."""


@dataclass(frozen=True)
class Condition:
    """Everything in a config but the seed: two runs with equal conditions are repetitions of one another.

    Args:
        settings: dotted key and value as text, sorted by key. The own name of a group is ``group.name``.
    """

    settings: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls,
        config: Mapping[str, Any],
        without: Collection[str] = (),
        data: Mapping[str, str] | None = None,
        known: Mapping[str, str] | None = None,
    ) -> Condition:
        """The condition of a resolved config.

        Args:
            config: as it stands in the run folder.
            without: dotted keys that are left out.
            data: what takes the place of all settings of ``data``, for runs on one data set may name it differently.
            known: what takes the place of other settings, such as the digest of a file in that of its path; empty text
                for what is left out.
        """
        settings = dict(texts({k: v for k, v in counted(config).items() if not repeats(k) and k != "seed"}))
        if data is not None:
            settings = {k: v for k, v in settings.items() if group_of(k) != "data"} | dict(data)
        settings |= known or {}
        left_out = {*without, *(key for key, text in (known or {}).items() if not text)}
        return cls(tuple(sorted((k, v) for k, v in settings.items() if k not in left_out)))

    @cached_property
    def values(self) -> Mapping[str, str]:
        """Settings by dotted key."""
        return dict(self.settings)

    def part(self, group: str) -> Condition:
        """The settings of one group, such as ``strategy`` or ``data``."""
        return Condition(tuple((k, v) for k, v in self.settings if group_of(k) == group))

    def without(self, *groups: str) -> Condition:
        """The settings of all other groups."""
        return Condition(tuple((k, v) for k, v in self.settings if group_of(k) not in groups))

    def name(self, group: str) -> str:
        """Own name of the group, empty if it is not there."""
        target = self.values.get(f"{group}._target_", "").rsplit(".", 1)[-1]
        return self.values.get(f"{group}.name", target)


def seeds_of_the_run(configs: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Dotted keys such as ``oracle.seed`` that are the seed of the run, by another name, in all ``configs``.

    A resolved config no longer says that it was written ``seed: ${seed}``, so all runs have to be asked.
    """
    equal: dict[str, bool] = {}
    for config in configs:
        for key, value in flat({k: v for k, v in config.items() if isinstance(v, Mapping)}):
            if key.rsplit(".", 1)[-1] == "seed" and value is not None:
                equal[key] = equal.get(key, True) and json.dumps(value, default=str) == json.dumps(config["seed"])
    return frozenset(key for key, always in equal.items() if always)


def group_of(key: str) -> str:
    """The config group of a dotted key."""
    return key.split(".", 1)[0]


def texts(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Flat settings as text; what is null is as if it were not there."""
    for key, value in settings.items():
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            # `reduction: mean` is a group that consists of its name
            yield (f"{key}.name" if "." not in key and isinstance(value, str) else key), text


def labels(conditions: Collection[Condition]) -> dict[Condition, str]:
    """A short text for every condition, by what differs among ``conditions`` and nothing else.

    The name of a group is shown if it differs; another key is shown (``budget.query=10``) only if it differs
    among conditions that share the name of its group. A lone condition is called by its strategy.
    """
    shown = {c: _differences(c, conditions) for c in conditions}
    bare = [{v for s in shown.values() for k, v in s if k == f"{group}.name"} for group in BARE]
    clash = bool(set.intersection(*bare))
    return {
        c: " · ".join(_text(k, v, clash) for k, v in s) or strategy_text(c.name("strategy")) or "run"
        for c, s in shown.items()
    }


def data_labels(conditions: Collection[Condition]) -> dict[Condition, str]:
    """As `labels`, for the ``data`` part of conditions alone; the name of the data set is always shown.

    That contents differ is shown of data sets that nothing else tells apart.
    """
    parts = {c.part("data") for c in conditions}
    apart = {part: _data_label(part, parts, (NAME,)) for part in parts}
    alike = Counter(_data_label(part, parts, (NAME, DATA)) for part in parts)
    return {
        part: text if alike[short := _data_label(part, parts, (NAME, DATA))] > 1 else short
        for part, text in apart.items()
    }


def _data_label(part: Condition, parts: Collection[Condition], hidden: Collection[str]) -> str:
    differences = [f"{k.partition('.')[2] or k}={v}" for k, v in _differences(part, parts) if k not in hidden]
    return " · ".join([part.name("data") or "data", *differences])


def _differences(condition: Condition, conditions: Collection[Condition]) -> list[tuple[str, str]]:
    names = {c: {g: c.name(g) for g in {group_of(k) for k in c.values}} for c in conditions}
    found = []
    groups = sorted(names[condition], key=lambda g: (BARE.index(g) if g in BARE else len(BARE), g))
    for group in groups:
        own = names[condition][group]
        beside = [n for n in names.values() if group in n or group not in IDLE]
        if own and len({n.get(group, "") for n in beside}) > 1:
            found.append((f"{group}.name", own))
        peers = [c for c in conditions if names[c].get(group) == own]
        for key, value in condition.part(group).settings:
            if key in (f"{group}.name", f"{group}._target_"):
                continue
            others = {c.values.get(key) for c in peers}
            if len(others) > 1:
                found.append((key, _shorten(value, others)))
    return found


def _shorten(value: str, others: Collection[str | None]) -> str:
    """The last part of a path, where that is enough to tell the values apart."""
    tails = {_tail(o) for o in others if o is not None}
    return _tail(value) if len(tails) == len([o for o in others if o is not None]) else value


def _tail(value: str) -> str:
    return re.split(r"[/\\]", value.rstrip("/\\"))[-1] or value


def _text(key: str, value: str, clash: bool) -> str:
    group, _, rest = key.partition(".")
    if rest == "name":
        if group == "strategy":
            return strategy_text(value)
        return value if group in BARE and not clash else f"{group}={value}"
    return f"{key}={value}"


def strategy_text(name: str) -> str:
    """The name of a strategy, marked if it is a ceiling that sees the hidden labels (:class:`alseg.strategy.Strategy`)."""
    return f"{name} (sees the labels)" if name.startswith("oracle_") else name


def natural(text: str) -> list[tuple[int, float, str]]:
    """Sort key under which ``query=5`` comes before ``query=10``."""
    pieces = re.split(r"(\d+(?:\.\d+)?)", text)
    return [(0, float(p), "") if i % 2 else (1, 0.0, p.lower()) for i, p in enumerate(pieces)]
