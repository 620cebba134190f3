"""Polygons to masks."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.path import Path

from alseg.data.formats.polygon import mask_of_polygon


def test_a_square_by_hand():
    mask = mask_of_polygon([(1, 1), (3, 1), (3, 3), (1, 3)], (4, 5))
    assert mask.astype(int).tolist() == [[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]


def test_a_triangle_by_hand():
    """Below the line from (0, 0) to (4, 4): of the pixels on it, the centres lie on its edge."""
    mask = mask_of_polygon([(0, 0.5), (3.5, 4), (0, 4)], (4, 4))
    assert mask.astype(int).tolist() == [[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]]


def test_neighbours_share_no_pixel_and_leave_none_out():
    left, right = [(0, 0), (2.5, 0), (2.5, 4), (0, 4)], [(2.5, 0), (5, 0), (5, 4), (2.5, 4)]
    assert (mask_of_polygon(left, (4, 5)).astype(int) + mask_of_polygon(right, (4, 5)) == 1).all()


def test_what_lies_outside_is_cut_off():
    assert mask_of_polygon([(-9, -9), (99, -9), (99, 99), (-9, 99)], (3, 4)).all()
    assert not mask_of_polygon([(9, 9), (12, 9), (12, 12)], (3, 4)).any()


@pytest.mark.parametrize("seed", range(20))
def test_as_matplotlib(seed):
    corners = np.random.default_rng(seed).uniform(-2, 22, (7, 2))
    order = np.argsort(np.arctan2(*(corners - corners.mean(axis=0)).T))  # around the middle: it does not cross itself
    y, x = np.mgrid[:20, :20] + 0.5
    inside = Path(corners[order]).contains_points(np.column_stack([x.ravel(), y.ravel()])).reshape(20, 20)
    assert np.array_equal(mask_of_polygon(corners[order].tolist(), (20, 20)), inside)


@pytest.mark.parametrize(
    "points", [[], [(1, 2), (3, 4)], [(1,), (2,), (3,)], [(0, 0), (1, "a"), (2, 2)], [(0, 0), (1, np.nan), (2, 2)]]
)
def test_what_is_no_polygon(points):
    with pytest.raises(ValueError, match="polygon"):
        mask_of_polygon(points, (4, 4))
