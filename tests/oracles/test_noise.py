"""The deformations, on squares whose area is known."""

from __future__ import annotations

import numpy as np
import pytest

from alseg.oracles import noise, pieces
from tests.helpers.drawn_targets import rings, square

PIXEL = np.array([1.0, 1.0])
SQUARE = square()  # 10 x 10


def rows(target, class_=1):
    """First and last row, first and last column of a class."""
    y, x = np.nonzero(target == class_)
    return int(y.min()), int(y.max()), int(x.min()), int(x.max())


def test_one_step_of_dilation_adds_a_rim_of_one_pixel():
    assert (noise.morph(SQUARE, 1, 1, SQUARE, 0.0) == 1).sum() == 12 * 12
    assert (noise.morph(SQUARE, 1, 3, SQUARE, 0.0) == 1).sum() == 16 * 16


def test_one_step_of_erosion_takes_one():
    assert (noise.morph(SQUARE, 1, -1, SQUARE, 0.0) == 1).sum() == 8 * 8
    assert (noise.morph(SQUARE, 1, -2, SQUARE, 0.0) == 1).sum() == 6 * 6


def test_a_structure_lasts():
    # 8 x 8 is above half of 10 x 10, 6 x 6 is not; 14 x 14 is below twice of it, 16 x 16 is not.
    assert (noise.morph(SQUARE, 1, -9, SQUARE, 0.5) == 1).sum() == 8 * 8
    assert (noise.morph(SQUARE, 1, 9, SQUARE, 0.5) == 1).sum() == 14 * 14
    assert (noise.morph(SQUARE, 1, -9, SQUARE, 0.0) == 1).any()


def test_eroded_pixels_go_to_what_surrounds_them():
    nested = np.where(square(low=13, high=17) == 1, 2, SQUARE).astype(np.uint8)
    eroded = noise.morph(nested, 2, -1, nested, 0.0)
    assert (eroded == 2).sum() == 4
    assert (eroded == 1).sum() == 100 - 4
    assert ((eroded > 0) == (nested > 0)).all()


@pytest.mark.parametrize(("by", "first", "last"), [(0, 10, 19), (1, 9, 20), (3, 7, 22), (-2, 12, 17), (0.4, 10, 19)])
def test_a_shift_moves_the_boundary_by_its_length(by, first, last):
    assert rows(noise.shift(SQUARE, 1, by, PIXEL)) == (first, last, first, last)


def test_a_shift_is_a_length_and_not_a_number_of_pixels():
    # 1.5 mm are 3 rows of 0.5 mm and 1 column of 1.5 mm
    assert rows(noise.shift(SQUARE, 1, 1.5, np.array([0.5, 1.5]))) == (7, 22, 9, 20)


def test_one_class_gives_way_to_the_other():
    halves = np.zeros((20, 20), dtype=np.uint8)
    halves[:, :10], halves[:, 10:] = 1, 2
    assert rows(noise.shift(halves, 1, 3.0, PIXEL)) == (0, 19, 0, 12)
    assert rows(noise.shift(halves, 1, -3.0, PIXEL)) == (0, 19, 0, 6)
    assert set(np.unique(noise.shift(halves, 1, -3.0, PIXEL))) == {1, 2}
    nested = np.where(square(low=13, high=17) == 1, 2, SQUARE).astype(np.uint8)
    assert (noise.shift(nested, 2, -1.0, PIXEL) > 0).sum() == 100  # what the inner one frees goes to the outer one


def test_without_a_shift_nothing_changes():
    target = np.random.default_rng(0).integers(0, 4, (16, 16)).astype(np.uint8)
    for c in range(5):
        assert np.array_equal(noise.shift(target, c, 0.0, PIXEL), target)
    for c in (0, 1):
        assert (noise.shift(np.zeros_like(target), c, 5.0, PIXEL) == 0).all()


def test_a_displacement_moves_the_map():
    displacement = np.stack([np.full((32, 32), 2.0), np.full((32, 32), -3.0)])
    assert rows(noise.warp(SQUARE, displacement)) == (8, 17, 13, 22)
    full = np.ones((8, 8), dtype=np.uint8)
    assert np.array_equal(noise.warp(full, np.full((2, 8, 8), 50.0)), full)


def test_smooth_noise_has_unit_variance_at_every_length():
    for length in (4.0, 10.0, 20.0):
        fields = [noise.smooth_field((64, 64), np.full(2, length), np.random.default_rng(s)) for s in range(30)]
        assert np.std(fields) == pytest.approx(1, abs=0.15)
    assert np.abs(np.diff(fields[0], axis=0)).max() < 0.6  # neighbours move together


def test_a_removed_region_goes_to_the_nearest_other_class():
    halves = np.zeros((10, 10), dtype=np.uint8)
    halves[:, 5:] = 1
    region = np.zeros((10, 10), dtype=bool)
    region[2:4, 5:7] = True
    removed = noise.remove(halves, region)
    assert (removed == 1).sum() == 50 - 4
    assert (removed[region] == 0).all()
    assert np.array_equal(noise.remove(np.ones_like(halves), region), np.ones_like(halves))


def test_too_strong_a_change_is_weakened():
    strengths = []

    def change(strength):
        strengths.append(strength)
        return noise.shift(SQUARE, 1, -4 * strength, PIXEL)

    # 4, 3 and 2 pixels leave 4, 16 and 36 of 100; 1 pixel leaves 64
    assert (noise.gently(SQUARE, change, 0.5) == 1).sum() == 64
    assert strengths == [1.0, 0.75, 0.5, 0.25]


@pytest.mark.parametrize("seed", range(10))
def test_a_missed_piece_opens_to_the_outside(seed):
    missed = pieces.miss(SQUARE, 0.5, PIXEL, np.random.default_rng(seed))
    lost = (SQUARE == 1) & (missed == 0)
    assert 3 < lost.sum() < 60
    assert not ((missed == 1) & (SQUARE == 0)).any()
    assert lost[10, :].any() or lost[19, :].any() or lost[:, 10].any() or lost[:, 19].any()


@pytest.mark.parametrize("seed", range(10))
def test_an_invented_piece_lies_in_the_background(seed):
    target = rings()
    invented = pieces.invent(target, 0.5, 4, PIXEL, np.random.default_rng(seed))
    new = invented != target
    assert (target[new] == 0).all()
    assert len(np.unique(invented[new])) <= 1


def test_in_an_empty_image_something_is_invented_and_nothing_missed():
    empty = np.zeros((64, 64), dtype=np.uint8)
    invented = pieces.invent(empty, 0.5, 4, PIXEL, np.random.default_rng(0))
    assert 0 < (invented > 0).sum() < 200
    assert set(np.unique(invented)) < {0, 1, 2, 3}
    assert pieces.miss(empty, 0.5, PIXEL, np.random.default_rng(0)) is empty
    full = np.ones((8, 8), dtype=np.uint8)
    assert pieces.invent(full, 0.5, 2, PIXEL, np.random.default_rng(0)) is full
    assert np.array_equal(pieces.miss(full, 0.5, PIXEL, np.random.default_rng(0)), full)


def test_what_moves_out_of_the_image_is_lost():
    there = pieces.moved(SQUARE == 1, np.array([15, 0]))
    assert there.sum() == 7 * 10
    assert there[25:, 10:20].all()
