"""Base class of oracles, and their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Annotations:
    """An oracle's answers.

    Args:
        ids: n images that it annotated.
        targets: ``(n, H, W)`` uint8 with 255 where it did not look, or ``(n,)`` int64.
        cost: ``(n,)`` float64 seconds.
        annotator: who answered.
        refused: ids that it will never annotate (unreadable, out of scope, ...); nobody asks for them again.

    Ids that were asked for and are neither in ``ids`` nor ``refused`` are still being annotated: the run ends in the
    phase ``annotate``, and the same command goes on from there once they are done.
    """

    ids: tuple[str, ...]
    targets: NDArray[Any]
    cost: NDArray[np.float64]
    annotator: str
    refused: tuple[str, ...] = ()


class Oracle(ABC):
    """Annotates images on request. The answer is a function of the ids (and its seed), not of the order of requests."""

    simulated: bool = False
    """True if the answers are made of the data set's own targets: errors in them can be measured then."""

    @abstractmethod
    def annotate(self, ids: Sequence[str]) -> Annotations:
        """The annotations of these images, as far as they are done."""

    def answers(self) -> Mapping[str, bytes]:
        """A digest by id of each answer that lies in files besides the data set's own targets; by default there are none.

        A run goes on only with the answers that it began with. What people answer as the run goes is not among them.
        """
        return {}
