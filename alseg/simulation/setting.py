"""Setting of a simulation: all that its strategies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.simulation.frozen import Frozen

Relabel = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]
"""``(N, ...)`` true targets to those that are answered and tested on."""


@dataclass(frozen=True)
class Setting:
    """Data, budget and heads.

    Args:
        name: for tables.
        frozen: the data set.
        initial: labels that the random cold start gives.
        query: labels of every query.
        rounds: trainings; the last has ``initial + (rounds - 1) * query`` labels.
        test: share of the images, by whole groups; a split of the data set's goes first.
        members: heads per seed; several see each their own bootstrap sample of the labelled images.
        inverse_penalty: of logistic regression, as scikit-learn's C.
        standardised: whether features are scaled by their mean and deviation over the whole data set before.
        sampled: pixels per labelled image that heads are fitted on, for segmentation.
        kept: class to the share of its pool images that are kept; of others all are. The test set stays.
        relabel: draws other targets for the whole data set, anew for every seed; None: the true ones.
        counted: N names of the images' kinds, whose numbers among the labelled images are recorded, and the metrics of whose test
            images; None: the numbers of the classes, for classification.

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
    inverse_penalty: float = 0.01
    standardised: bool = True
    sampled: int = 64
    kept: Mapping[str, float] = field(default_factory=dict)
    relabel: Relabel | None = None
    counted: Sequence[str] | None = None

    def __post_init__(self) -> None:
        for key in ("initial", "query", "rounds", "members", "sampled"):
            if (value := getattr(self, key)) < 1:
                raise ValueError(f"{key}={value}: at least 1")
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
