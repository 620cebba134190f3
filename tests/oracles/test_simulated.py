"""The simulated oracle and its price."""

import dataclasses

import numpy as np
import pytest

from alseg.oracles.simulated import Simulated, contour_pixels


def test_it_answers_with_the_truth_in_the_order_asked(dataset):
    answer = Simulated(dataset, seconds_per_image=30).annotate(["image_005", "image_001"])
    assert answer.ids == ("image_005", "image_001")
    assert np.array_equal(answer.targets, dataset.targets[[5, 1]])
    assert answer.cost.tolist() == [30, 30]
    assert answer.refused == ()


def test_contour_pixels_of_a_square():
    square = np.zeros((1, 6, 6), dtype=np.uint8)
    square[0, 2:4, 2:4] = 1
    # pixels whose right or lower neighbour differs: the 2 left of it, the 2 above it, its right column and lower row (3)
    assert contour_pixels(square).tolist() == [7]
    assert contour_pixels(np.zeros((2, 6, 6), dtype=np.uint8)).tolist() == [0, 0]


def test_cost_by_contour(dataset):
    oracle = Simulated(dataset, seconds_per_image=10, seconds_per_contour_pixel=0.5)
    expected = 10 + 0.5 * contour_pixels(dataset.targets[:3])
    assert oracle.annotate(dataset.ids[:3]).cost.tolist() == expected.tolist()


def test_the_cost_column_goes_first(dataset):
    priced = dataclasses.replace(dataset, cost=np.arange(len(dataset), dtype=float))
    assert Simulated(priced).annotate(["image_007"]).cost.tolist() == [7]


@pytest.mark.parametrize("key", ["seconds_per_image", "seconds_per_contour_pixel"])
def test_a_negative_cost_is_refused(dataset, key):
    with pytest.raises(ValueError, match=f"^{key}=-1: "):
        Simulated(dataset, **{key: -1})
