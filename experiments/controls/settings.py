"""Settings of the controls, by name: data, budget, strategies, and the metric that they are judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.acquisition.margin import Margin
from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.data.folder import load_folder
from alseg.embeddings.dataset import embed_dataset
from alseg.embeddings.timm_model import TimmModel
from alseg.selection.top import Top
from alseg.simulation.frozen import Frozen, of_points
from alseg.simulation.setting import Setting
from alseg.strategy import Strategy
from experiments.controls.dense import dense
from experiments.controls.flipped import Flipped
from experiments.controls.oracle import OracleByParts

BALANCED, PLAIN, DICE = "test/balanced_accuracy", "test/accuracy", "test/dice"
RARE = {"colon_n": 0.5, "lung_aca": 0.06, "lung_n": 0.06, "lung_scc": 0.06}
"""Shares of histology's classes that stay in the imbalanced pool; of colon_aca all do."""


@dataclass(frozen=True)
class Simulated:
    """A setting that the simulation runs.

    Args:
        make: the setting, from the folder of the data sets.
        strategies: names under ``conf/strategy``, or of `SPECIAL`.
        metric: column of the table that the strategies are compared by.
        seeds: number of them.
    """

    make: Callable[[Path], Setting]
    strategies: tuple[str, ...]
    metric: str
    seeds: int = 50


def of_mixture(name: str, points: Frozen, labels: int, rounds: int) -> Setting:
    """Points that are drawn on the scale on which heads look at them; so many labels at first, and in each query."""
    return Setting(name, points, initial=labels, query=labels, rounds=rounds, inverse_penalty=1.0, standardised=False)


def balanced(data: Path) -> Setting:
    """Histology as it is: five classes of equal size."""
    return Setting("balanced", histology(data), initial=25, query=25, rounds=6)


def imbalanced(data: Path) -> Setting:
    """Histology with three rare classes in the pool; the test set stays balanced."""
    return Setting("imbalanced", histology(data), initial=25, query=25, rounds=6, kept=RARE)


def shuffled(data: Path) -> Setting:
    """Histology with its labels shuffled, pool and test alike, anew for every seed."""
    return Setting("shuffled", histology(data), initial=25, query=25, rounds=6, relabel=permuted)


def many_classes(_: Path) -> Setting:
    """A mixture of 20 overlapping Gaussians, a class each."""
    return of_mixture("many_classes", gaussians(classes=20, distance=3.0, seed=1), labels=40, rounds=7)


def hopeless(_: Path) -> Setting:
    """A mixture of ten Gaussians in pairs, and a tenth of the points between all of them, with labels at random."""
    return of_mixture("hopeless", between(classes=10, share=0.1, seed=1), labels=20, rounds=7)


def duplicates(_: Path) -> Setting:
    """Near-duplicates of 40 images, the commonest 253 times as common as the rarest; each counts alike in the test set."""
    return of_mixture("duplicates", copies(sources=40, power=1.5, seed=1), labels=5, rounds=8)


def nuclei(data: Path) -> Setting:
    """Segmentation of nuclei: 541 fluorescent images, 107 stained and 16 bright ones."""
    large, small = (load_folder(data / "nuclei", size=size) for size in (128, 32))
    kinds = tuple("rare" if kind != "fluo" else "fluo" for kind in large.metadata["kind"])
    frozen = Frozen(small, dense(large.images, 32))
    return Setting("nuclei", frozen, initial=10, query=10, rounds=5, standardised=False, sampled=32, counted=kinds)


def histology(data: Path) -> Frozen:
    """Colon and lung tissue by the packaged network's features at 128 x 128."""
    dataset = load_folder(data / "histology", size=128)
    return Frozen(dataset, np.asarray(embed_dataset(TimmModel(size=128), dataset)))


def permuted(targets: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """The targets in another order."""
    return rng.permutation(targets)


def gaussians(classes: int, distance: float, seed: int, n: int = 3000) -> Frozen:
    """Classes of unit variance around random centres at a distance from the origin, in as many dimensions as classes."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes, classes))
    centres *= distance / np.linalg.norm(centres, axis=1, keepdims=True)
    targets = rng.integers(0, classes, n)
    points = centres[targets] + rng.normal(size=(n, classes))
    return of_points("gaussians", points.astype(np.float32), targets)


def between(classes: int, share: float, seed: int, n: int = 3000) -> Frozen:
    """Pairs of neighbouring classes; a share of the points lies amid all of them, whatever its label."""
    rng = np.random.default_rng(seed)
    corners = np.eye(classes)
    centres = 4 * corners
    centres[1::2] = centres[::2] + 1.5 * corners[1::2]
    targets = rng.integers(0, classes, n)
    points = centres[targets] + rng.normal(size=(n, classes))
    amid = rng.random(n) < share
    points[amid] = centres.mean(axis=0) + 0.5 * rng.normal(size=(int(amid.sum()), classes))
    return of_points("between", points.astype(np.float32), targets)


def copies(sources: int, power: float, seed: int, n: int = 2000, classes: int = 4, tests: int = 10) -> Frozen:
    """Points close to one of the sources, the k-th with a probability in proportion to k^-power; all alike in the test set."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(sources, 16))
    of = rng.permutation(np.arange(sources) % classes)
    chance = np.arange(1, sources + 1) ** -power
    which = np.concatenate([rng.choice(sources, n, p=chance / chance.sum()), np.repeat(np.arange(sources), tests)])
    points = (centres[which] + 0.1 * rng.normal(size=(len(which), 16))).astype(np.float32)
    frozen = of_points("copies", points, of[which])
    split = ("train",) * n + ("test",) * (sources * tests)
    return replace(frozen, dataset=replace(frozen.dataset, split=split))


def strategy(name: str, setting: Setting) -> Strategy:
    """A strategy of ``conf/strategy``, or one that only a control has."""
    make = SPECIAL.get(name)
    found: Strategy = instantiate(compose([f"strategy={name}"]).strategy) if make is None else make(setting)
    return found


SPECIAL: Mapping[str, Callable[[Setting], Strategy]] = {
    "margin_flipped": lambda _: Strategy("margin_flipped", Top(), Flipped(Margin())),
    "greedy_oracle": lambda setting: Strategy("greedy_oracle", OracleByParts(setting)),
}

SETTINGS: Mapping[str, Simulated] = {
    "imbalanced": Simulated(imbalanced, ("random", "margin", "margin_flipped", "greedy_oracle"), BALANCED),
    "balanced": Simulated(balanced, ("random", "margin", "entropy", "margin_flipped", "greedy_oracle"), BALANCED),
    "many_classes": Simulated(many_classes, ("random", "margin", "entropy"), PLAIN),
    "hopeless": Simulated(hopeless, ("random", "margin", "entropy"), PLAIN),
    "duplicates": Simulated(duplicates, ("random", "k_center"), PLAIN),
    "shuffled": Simulated(shuffled, ("random", "margin", "entropy", "k_center"), BALANCED),
    "nuclei": Simulated(nuclei, ("random", "entropy"), DICE, seeds=20),
}
"""The oracle's and the network's settings aside, each takes seconds per strategy."""
