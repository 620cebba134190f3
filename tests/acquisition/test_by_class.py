"""Scores of each class, by hand."""

import math

import pytest
import torch

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.margin import Margin
from alseg.acquisition.reduction import Foreground, Mean, TopQ
from alseg.errors import QueryError
from alseg.prediction import Prediction
from tests.helpers.predictions import prediction


def test_of_a_whole_image_it_is_the_score_times_the_probability():
    two = prediction([[0.5, 0.3, 0.2]], [[0.3, 0.5, 0.2]])  # the mean is 0.4, 0.4, 0.2
    entropy = -(2 * 0.4 * math.log(0.4) + 0.2 * math.log(0.2)) / math.log(3)
    assert Entropy().by_class(two)[0].tolist() == pytest.approx([0.4 * entropy, 0.4 * entropy, 0.2 * entropy], abs=1e-6)


@pytest.mark.parametrize("reduction", [Mean(), Foreground(), TopQ(0.25)], ids=["mean", "foreground", "top_q"])
def test_of_a_map_it_is_reduced_as_the_score_is(reduction):
    p = torch.randn(1, 2, 3, 4, 4, generator=torch.Generator().manual_seed(0)).softmax(dim=2)
    found = Margin(reduction).by_class(Prediction(p.log(), torch.zeros(2, 1)))
    assert found.shape == (2, 3)
    for image in range(2):
        pixels = p[0, image].flatten(1)
        first, second = pixels.sort(dim=0, descending=True).values[:2]
        weighted = (1 - first + second) * pixels  # (3, 16)
        if isinstance(reduction, Foreground):
            weighted = weighted[:, pixels.argmax(dim=0) > 0]
        elif isinstance(reduction, TopQ):
            weighted = weighted.sort(dim=1, descending=True).values[:, :4]
        assert found[image].tolist() == pytest.approx(weighted.mean(dim=1).tolist(), abs=1e-6)


def test_the_classes_share_the_score():
    """Reduced by the mean, the scores of all classes are the score itself."""
    logits = torch.randn(3, 5, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    one = Prediction(logits, torch.zeros(5, 1))
    assert Entropy().by_class(one).sum(dim=1).tolist() == pytest.approx(Entropy()(one).tolist(), abs=1e-6)


def test_a_score_that_is_not_finite_is_an_error():
    with pytest.raises(QueryError, match="Entropy.*not finite"):
        Entropy().by_class(Prediction(torch.full((1, 2, 3, 4, 4), float("nan")), torch.zeros(2, 1)))
