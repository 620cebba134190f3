"""An acquisition upside down."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class Flipped(Acquisition):
    """Scores with the sign changed: what is least informative scores highest.

    Args:
        of: scores one member.
    """

    def __init__(self, of: Acquisition) -> None:
        super().__init__(of.reduction)
        self.of = of

    def score(self, prediction: Prediction) -> Tensor:
        return -self.of.score(prediction)
