"""The predicted share of foreground."""

import pytest
import torch

from alseg.acquisition.foreground import Foreground
from alseg.prediction import Prediction


def test_it_is_the_mean_probability_of_all_classes_but_the_first():
    probabilities = torch.zeros(1, 2, 3, 2, 2)
    probabilities[:, :, 0] = torch.tensor([[[1.0, 0.5], [0.0, 0.1]], [[1.0, 1.0], [1.0, 1.0]]])
    probabilities[:, :, 1] = 0.7 * (1 - probabilities[:, :, 0])
    probabilities[:, :, 2] = 0.3 * (1 - probabilities[:, :, 0])
    scores = Foreground()(Prediction(probabilities.log(), torch.zeros(2, 1)))
    assert scores.tolist() == pytest.approx([(0 + 0.5 + 1 + 0.9) / 4, 0], abs=1e-6)
