"""Cold starts: which images first, and how far their Dice spreads over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.selection.max_per_group import MaxPerGroup
from alseg.simulation.frozen import Frozen
from alseg.simulation.setting import Setting
from alseg.strategy import Strategy
from experiments.lane.features import maps, places

METRIC = "test/dice"
BUDGETS = (5, 10)
STARTS = ("random", "cluster_fps", "kmeans", "typiclust", "probcover", "fps")
GROUPED = ("stratified_random", "cluster_fps_per_group")
"""Where images are of recordings, patients or volumes."""
VOLUMES = 80
"""Of hippocampus, the first by name: all 260 would take 750 MB."""
SETS: Mapping[str, dict[str, Any]] = {
    "Montgomery": {"folder": "chest_xray", "where": {"site": "montgomery"}},
    "carotid_lumen": {"folder": "carotid_lumen"},
    "cardiac": {"folder": "cardiac"},
    "hippocampus": {"folder": "hippocampus", "volumes": VOLUMES},
}


def starts(name: str) -> Sequence[str]:
    """Cold starts that a data set is tried with, random first."""
    return STARTS if name == "Montgomery" else (*STARTS, *GROUPED)


@cache
def _read(data: Path, name: str) -> tuple[Frozen, NDArray[np.float32]]:
    of = SETS[name]
    where = of.get("where")
    if "volumes" in of:
        table = pd.read_csv(data / of["folder"] / "manifest.csv", dtype=str)
        where = {"group": sorted(table["group"].unique())[: of["volumes"]]}
    return places(data, of["folder"], where)


def setting_of(data: Path, name: str, start: str, budget: int, map_seed: int) -> Setting:
    """A cold start of a data set: one training with the first images."""
    frozen, features = _read(data, name)
    first = cold_start(start)
    spaces: dict[str, NDArray[np.float32]] = {}
    if "features" in first.selector.needs:
        spaces[first.space] = maps(features, map_seed) if first.space == "map" else features
    return Setting(
        f"{name}/{budget}",
        frozen,
        initial=budget,
        query=1,
        rounds=1,
        test=0.3,
        standardised=False,
        first=first,
        spaces=spaces,
        distances=name == "Montgomery",
    )


def cold_start(name: str) -> Strategy:
    """A cold start of ``conf/cold_start``, or one with at most one image of a group."""
    if name.endswith("_per_group"):
        of = cold_start(name.removesuffix("_per_group"))
        return replace(of, name=name, selector=MaxPerGroup(of.selector))
    found: Strategy = instantiate(compose([f"cold_start={name}"]).cold_start)
    return found
