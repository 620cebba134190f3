"""Queries: which learner, and which images it asks for, on histology and nuclei."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.simulation.co_training import CoTraining
from alseg.simulation.frozen import Frozen
from alseg.simulation.setting import Setting
from alseg.simulation.world import World
from alseg.strategy import Strategy
from experiments.controls.settings import RARE
from experiments.lane.features import tiles

METRIC = "test/balanced_accuracy"
RESAMPLED = "two heads, no image lost"
"""Asked of nothing but random images, for the reason why two heads are behind one."""
LEARNERS: Mapping[str, dict[str, Any]] = {
    "one head": {},
    "two heads": {"members": 2},
    RESAMPLED: {"members": 2, "weights": "exponential"},
    "two co-trained": {"members": 2, "co_training": CoTraining(unlabelled=200, times=2)},
    "ten by bootstrap": {"members": 10},
    "ten by dropout": {"members": 10, "dropout": 0.5},
}
"""Changes of a setting; two heads that are not co-trained differ by bootstrap."""
ASKED: Mapping[str, Sequence[str]] = {
    "one head": ("random", "margin", "entropy", "k_center", "badge", "typiclust", "cluster_margin", "max_herding"),
    "two heads": ("random", "dus_cs"),
    "two co-trained": ("random", "dus_cs", "dus", "kmeans"),
    "ten by bootstrap": ("random", "bald"),
    "ten by dropout": ("random", "bald"),
}
"""Queries of each learner; `dus_cs` is UniSAL's, `dus` is without its clusters, `kmeans` without the disagreement."""
GROUPED = ("stratified_random", "margin_per_group")
"""Asked of the one head too where images are of patients."""

COMMON: dict[str, Any] = {"initial": 25, "query": 25, "rounds": 8, "standardised": False}
SETS: Mapping[str, dict[str, Any]] = {
    "histology, rare classes": {"kept": RARE},
    "histology": {},
    "colon_nuclei": {"initial": 40, "query": 40},
}
"""Changes of the common settings."""


@cache
def _read(data: Path, name: str) -> Frozen:
    return tiles(data, name, size=128, seen=128) if name == "histology" else tiles(data, name, size=32, seen=64)


def asked(name: str) -> list[tuple[str, str]]:
    """Learner and query of all that is simulated on a data set, random first."""
    pairs = [(learner, query) for learner, queries in ASKED.items() for query in queries]
    return pairs + [("one head", query) for query in (GROUPED if name == "colon_nuclei" else ())]


def setting_of(data: Path, name: str, learner: str) -> Setting:
    """The setting of a data set and a learner."""
    frozen = _read(data, name.partition(",")[0])
    return Setting(f"{name}/{learner}", frozen, **{**COMMON, **SETS[name], **LEARNERS[learner]})


def strategy(name: str) -> Strategy:
    """A strategy of ``conf/strategy``, or margin with at most one image of a group in a query."""
    if name == "margin_per_group":
        margin, capped = (instantiate(compose([f"strategy={one}"]).strategy) for one in ("margin", "entropy_per_group"))
        return Strategy(name, capped.selector, margin.acquisition)
    found: Strategy = instantiate(compose([f"strategy={name}"]).strategy)
    return found


def everything(setting: Setting, seeds: Sequence[int]) -> Setting:
    """The setting with one training on as many labels as the smallest pool of some seeds has: all, or nearly."""
    return replace(
        setting, name=f"{setting.name}/all", initial=min(len(World(setting, s).pool) for s in seeds), rounds=1
    )
