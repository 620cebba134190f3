"""Titles, tags and groups of runs for trackers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alseg.files import write_text
from alseg.tracking import acceptable as rules
from alseg.tracking.acceptable import acceptable

GROUP = "tracking_group"
"""File in the folder of a sweep that holds the name of its group."""


def title(config: Mapping[str, Any]) -> str:
    """``entropy-carotid-segmenter-seed3``."""
    names = [str(_name(config, group)) for group in ("strategy", "data", "learner")]
    return acceptable("-".join(names) + f"-seed{config.get('seed')}", rules.TITLE)


def tags(config: Mapping[str, Any]) -> dict[str, str]:
    """Tags to find runs by: strategy, data, learner, budget and seed."""
    found = {group: str(name) for group in ("strategy", "data", "learner") if (name := _name(config, group))}
    budget = config.get("budget") or {}
    if budget.get("rounds") is not None:
        first = "all" if budget.get("initial") is None else budget["initial"]
        steps = [str(first), *([f"{budget['rounds'] - 1}x{budget.get('query')}"] if budget["rounds"] > 1 else [])]
        found["budget"] = " ".join([*([str(budget["name"])] if budget.get("name") else []), "+".join(steps)])
    return found | {"seed": str(config.get("seed"))}


def words(config: Mapping[str, Any]) -> list[str]:
    """Tags as single words, for services that take no pairs: ``strategy=entropy``."""
    return [acceptable(f"{key}={value}", rules.TAG) for key, value in tags(config).items()]


def group(folder: Path, config: Mapping[str, Any]) -> str:
    """The name that all runs of a sweep share.

    It is made once and kept in the sweep's folder: two sweeps of the same name stay apart, and one that goes on next week
    stays together. A run that lies by itself is grouped with those of the same ``name``.
    """
    name = acceptable(str(config.get("name")), rules.GROUP)
    if not folder.name.startswith("seed="):
        return name
    stored = folder.resolve().parents[1] / GROUP
    if not stored.exists():
        new = stored.with_name(f".{GROUP}.{uuid.uuid4().hex}")
        write_text(new, f"{name}-{uuid.uuid4().hex[:4]}\n")
        try:
            os.link(new, stored)  # of several jobs that begin at once, one names the group
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            new.replace(stored)
        new.unlink(missing_ok=True)
    return stored.read_text(encoding="utf-8").strip()


def run_id(folder: Path, service: str) -> str:
    """The id of the run, kept in its folder, so that a resumed job goes on in the same run."""
    stored = folder / f"{service}_id"
    if not stored.exists():
        write_text(stored, uuid.uuid4().hex[:8] + "\n")
    return stored.read_text(encoding="utf-8").strip()


def _name(config: Mapping[str, Any], group: str) -> str | None:
    name: str | None = (config.get(group) or {}).get("name")
    return name
