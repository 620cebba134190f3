"""Dice of labels, some of which leave pixels open."""

import math

import numpy as np
import pytest

from alseg.metrics.label_dice import label_dice

CLASSES = ("background", "a")


def row(*values):
    return np.array([[values]], dtype=np.uint8)


@pytest.mark.parametrize(
    ("labels", "dice"),
    [
        (row(1, 1, 0, 0), 2 * 2 / (2 + 3)),
        (row(1, 1, 255, 255), 1.0),  # open pixels are no errors
        (row(1, 0, 255, 255), 2 * 1 / (1 + 2)),
        (row(255, 255, 255, 0), math.nan),  # nothing is said of the class
        (row(255, 255, 255, 1), 0.0),
    ],
)
def test_by_hand(labels, dice):
    assert label_dice(labels, row(1, 1, 1, 0), CLASSES) == pytest.approx(dice, nan_ok=True)
    # Pixels whose truth is not known are left out.
    wider = (np.concatenate([array, row(value)], axis=2) for array, value in ((labels, 1), (row(1, 1, 1, 0), 255)))
    assert label_dice(*wider, CLASSES) == pytest.approx(dice, nan_ok=True)
