"""Setting of a simulation: all that its strategies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alseg.simulation.frozen import Frozen
from alseg.strategy import Strategy

if TYPE_CHECKING:  # it looks at worlds, which have a setting
    from alseg.simulation.co_training import CoTraining

Relabel = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]
"""``(N, ...)`` true targets to those that are answered and tested on."""


@dataclass(frozen=True)
class Setting:
    """Data, budget and heads.

    Args:
        name: for tables.
        frozen: the data set.
        initial: labels that the cold start gives.
        query: labels of every query.
        rounds: trainings; the last has ``initial + (rounds - 1) * query`` labels.
        test: share of the images, by whole groups; a split of the data set's goes first.
        members: heads per seed; several see the labelled images with weights of their own.
        weights: how often a member sees an image: ``bootstrap``, as often as it is drawn, which is never for a third of them, or
            ``exponential``, as ``learner=probe`` weighs them: none is lost (Rubin, Ann. Statist. 9, 1981).
        dropout: share of the features that a member does not see, drawn for each in every round; 0: members differ by
            their weights.
        co_training: what two members teach each other, for classification; None: nothing.
        inverse_penalty: of logistic regression, as scikit-learn's C.
        standardised: whether features are scaled by their mean and deviation over the whole data set before.
        sampled: pixels per labelled image that heads are fitted on, for segmentation.
        kept: class to the share of its pool images that are kept; of others all are. The test set stays.
        relabel: draws other targets for the whole data set, anew for every seed; None: the true ones.
        counted: N names of the images' kinds, whose numbers among the labelled images are recorded, and the metrics of whose test
            images; None: the numbers of the classes, for classification.
        first: cold start, a strategy that needs no model; None: random.
        spaces: ``(N, D)`` features by which strategies compare images, by ``Strategy.space``; see `World.compared`.
        distances: whether surface distances of a segmentation are measured, which takes longer than all the rest.

    Raises:
        ValueError: if a number is impossible.
    """

    name: str
    frozen: Frozen
    initial: int
    query: int
    rounds: int
    test: float = 0.2
    members: int = 1
    weights: Literal["bootstrap", "exponential"] = "bootstrap"
    inverse_penalty: float = 0.01
    standardised: bool = True
    sampled: int = 64
    kept: Mapping[str, float] = field(default_factory=dict)
    relabel: Relabel | None = None
    counted: Sequence[str] | None = None
    dropout: float = 0.0
    co_training: CoTraining | None = None
    first: Strategy | None = None
    spaces: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    distances: bool = False

    def __post_init__(self) -> None:
        for key in ("initial", "query", "rounds", "members", "sampled"):
            if (value := getattr(self, key)) < 1:
                raise ValueError(f"{key}={value}: at least 1")
        if self.weights not in ("bootstrap", "exponential"):
            raise ValueError(f"weights={self.weights}: choose bootstrap or exponential")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout}: at least 0 and below 1")
        if self.dropout and self.frozen.dataset.task != "classification":
            raise ValueError(f"dropout={self.dropout}: members of a segmentation differ by their weights")
        if self.co_training is not None and (self.members != 2 or self.frozen.dataset.task != "classification"):
            raise ValueError("co_training: two members of a classification teach each other; set members=2")
        for name, features in self.spaces.items():
            if len(features) != len(self.frozen.features):
                raise ValueError(f"spaces.{name}: {len(features)} rows for {len(self.frozen.features)} images")
        if self.inverse_penalty <= 0:
            raise ValueError(f"inverse_penalty={self.inverse_penalty}: above 0")
        for name, share in self.kept.items():
            if name not in self.frozen.dataset.classes:
                raise ValueError(
                    f"kept.{name}: there is no such class; there are {', '.join(self.frozen.dataset.classes)}"
                )
            if not 0 <= share <= 1:
                raise ValueError(f"kept.{name}={share}: it is a share of the class, from 0 to 1")
        if self.kept and self.frozen.dataset.task != "classification":
            raise ValueError("kept: images of a segmentation have no class")

    @property
    def kinds(self) -> tuple[str, ...] | None:
        """Kind of each image, whose numbers are recorded; None without any."""
        if self.counted is not None:
            return tuple(self.counted)
        dataset = self.frozen.dataset
        return tuple(dataset.classes[c] for c in dataset.targets) if dataset.task == "classification" else None
