"""Base class of learners with two networks that teach each other, for any task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from alseg.learners.learner import Learner


class CoTrained(Learner):
    """Two co-trained networks, M = 2; a base that precedes the learner of the task, and passes its arguments on.

    Each network is taught the pseudo-labels of the other whose probability is above ``confidence``, with the weight
    w(t): 0 until ``alone`` has passed, and ``mutual`` from then on.

    Args:
        mutual: weight of what the two teach each other; 0: nothing.
        alone: share of the round's steps before they begin.
        confidence: a pseudo-label's probability must be above it.

    Raises:
        ValueError: if one of these is out of its range.
    """

    members = 2
    uses_unlabelled = True
    pair: nn.ModuleList
    """The two networks, which a subclass makes."""

    def __init__(
        self, *args: Any, mutual: float = 0.5, alone: float = 0.075, confidence: float = 0.7, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if mutual < 0:
            raise ValueError(f"mutual={mutual}: at least 0")
        if not 0 <= alone <= 1:
            raise ValueError(f"alone={alone}: between 0 and 1, a share of the steps")
        if not 0 <= confidence < 1:
            raise ValueError(f"confidence={confidence}: at least 0 and below 1")
        self.mutual, self.alone, self.confidence = mutual, alone, confidence

    def networks(self) -> Sequence[nn.Module]:
        """Both."""
        return list(self.pair)

    def mutual_weight(self, step: int) -> float:
        """Weight w(t) after ``step`` steps of the round."""
        return self.mutual if step >= self.alone * self.steps else 0.0
