"""Loss that the learner predicts for itself."""

from __future__ import annotations

from torch import Tensor

from alseg.acquisition.acquisition import Acquisition
from alseg.prediction import Prediction


class PredictedLoss(Acquisition):
    """Loss of an image as a second head of the learner predicts it; any number, of which only the order has a meaning.

    Source: Yoo and Kweon, "Learning Loss for Active Learning", CVPR 2019.
    """

    needs_loss = True

    def __init__(self) -> None:
        super().__init__()  # it is one number per image already

    def score(self, prediction: Prediction) -> Tensor:
        assert prediction.loss is not None
        return prediction.loss.float()
