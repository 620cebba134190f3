"""Schemas of the root config: a misspelt or mistyped key is an error before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING


@dataclass
class Budget:
    """Numbers of images and of rounds.

    ``initial`` by the cold start, ``query`` before each of the following rounds; ``rounds`` counts trainings, so that
    a run ends with ``initial + (rounds - 1) * query`` labels. ``initial: null`` asks for the whole pool at once. With
    ``data.unit=volume`` all of them count volumes.
    """

    name: str = MISSING
    initial: int | None = MISSING
    query: int = MISSING
    rounds: int = MISSING

    def first(self, pool: int) -> int:
        """Number of images that the cold start asks for, out of so many."""
        return pool if self.initial is None else self.initial


@dataclass
class Split:
    """Shares of the images, taken by whole groups; the manifest's ``split`` column goes first.

    ``val_per_initial`` bounds the validation set to so many times the initial labels: a larger one would cost more
    annotation than the strategies under comparison save.
    """

    test: float = 0.2
    val: float = 0.1
    val_per_initial: int = 5


@dataclass
class PrimaryMetric:
    """The metric that comparisons go by, for each task."""

    segmentation: str = "dice"
    classification: str = "accuracy"


@dataclass
class Audit:
    """Share of every query that is drawn at random to audit the model, and whether annotators then see its predictions."""

    share: float = 0.0
    preannotate: bool = False


@dataclass
class Forecast:
    """Level of the primary metric that labels and hours are forecast for."""

    target: float | None = None


@dataclass
class Training:
    """Settings of the training; conf/trainer/default.yaml explains them key by key."""

    name: str = MISSING
    steps: int = MISSING
    batch_size: int = MISSING
    unlabelled_batch_size: int = MISSING
    eval_batch_size: int = MISSING
    weights_from: str = MISSING
    val_every: int | None = MISSING
    patience: int | None = MISSING
    keep: str = MISSING
    monitor: str | None = MISSING
    monitor_mode: str = MISSING
    accelerator: str = MISSING
    devices: int = MISSING
    precision: str = MISSING
    scan_precision: str | None = None
    channels_last: bool = MISSING
    compile: bool = MISSING
    deterministic: bool = MISSING
    gradient_clip: float | None = MISSING
    checkpoint_minutes: float = MISSING
    checkpoints: str = MISSING
    progress: bool | None = MISSING


@dataclass
class Config:
    """The root. Groups that build an object are free-form here; the object checks its own arguments."""

    name: str = MISSING
    seed: int = 0
    run_dir: str | None = None
    data: Any = MISSING
    split: Split = field(default_factory=Split)
    budget: Budget = field(default_factory=Budget)
    learner: Any = MISSING
    strategy: Any = MISSING
    cold_start: Any = MISSING
    embedding: Any = MISSING
    map: Any = MISSING
    reduction: Any = MISSING
    oracle: Any = MISSING
    trainer: Training = field(default_factory=Training)
    stopping: Any = MISSING
    callbacks: Any = MISSING
    worst: int = 8
    primary_metric: PrimaryMetric = field(default_factory=PrimaryMetric)
    audit: Audit = field(default_factory=Audit)
    forecast: Forecast = field(default_factory=Forecast)
    logger: Any = MISSING
    proceed: bool = False


def register() -> None:
    """Make the schemas known to Hydra."""
    store = ConfigStore.instance()
    store.store(name="schema", node=Config)
