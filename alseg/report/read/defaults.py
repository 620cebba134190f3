"""Runs of different versions side by side: what an older one does not have is today's default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alseg.composition.defaults import filled
from alseg.identity.moved import target_today
from alseg.identity.settings import flat
from alseg.report.read.read_runs import Run


def with_defaults(runs: Sequence[Run]) -> list[Run]:
    """The runs, each with the settings that others of them have in the same object or group, and it has not."""
    keys = [dict(flat(run.config)) for run in runs]
    known: dict[tuple[str, Any], set[str]] = {}
    objects = [_objects(run.config) for run in runs]
    for own, there in zip(keys, objects):
        for key in own:
            known.setdefault(_above(key, there), set()).add(key)
    result = []
    for run, own, there in zip(runs, keys, objects):
        missing = sorted({key for place in set(there.values()) for key in known.get(place, ())} - own.keys())
        result.append(replace(run, config=filled(run.config, missing)) if missing else run)
    return result


def _above(key: str, objects: Mapping[str, tuple[str, Any]]) -> tuple[str, Any]:
    """The object that a setting belongs to; names in a config may have dots themselves."""
    place = key.rpartition(".")[0]
    while place not in objects:
        place = place.rpartition(".")[0]
    return objects[place]


def _objects(
    node: Mapping[str, Any], prefix: str = "", around: tuple[str, Any] = ("", None)
) -> dict[str, tuple[str, Any]]:
    """Every group and what is below it, by its dotted key, with the nearest object that it belongs to."""
    around = (prefix, target_today(node["_target_"])) if "_target_" in node else around
    found = {prefix: around}
    for key, value in node.items():
        if isinstance(value, Mapping):
            found |= _objects(value, f"{prefix}.{key}" if prefix else str(key), around)
    return found
