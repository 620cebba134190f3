"""Outlines, pixel by pixel."""

import numpy as np

from alseg.pictures.outlines import BOTH, PREDICTION, SIDE, TRUTH, outlined, outlines, picture


def test_the_outline_is_the_outermost_pixels():
    mask = np.zeros((7, 7), dtype=np.uint8)
    mask[1:6, 1:6] = 1
    expected = mask.astype(bool)
    expected[2:5, 2:5] = False
    assert (outlines(mask) == expected).all()


def test_every_class_has_its_own_and_the_border_is_none():
    mask = np.zeros((4, 6), dtype=np.uint8)
    mask[:, :3] = 1  # touches three sides of the image
    mask[:, 3:5] = 2
    found = outlines(mask)
    assert (found == np.array([0, 0, 1, 1, 1, 0], dtype=bool)).all()
    assert not outlines(np.ones((5, 5), dtype=np.uint8)).any()
    assert not outlines(np.zeros((5, 5), dtype=np.uint8)).any()


def test_colours_tell_truth_from_prediction():
    truth, predicted = np.zeros((2, SIDE, SIDE), dtype=np.uint8)
    truth[40:80, 40:80] = 1
    predicted[40:80, 60:120] = 1
    drawn = outlined(np.full((1, SIDE, SIDE), 90, dtype=np.uint8), truth, predicted)
    assert tuple(drawn[60, 40]) == TRUTH
    assert tuple(drawn[60, 119]) == PREDICTION
    assert tuple(drawn[40, 70]) == BOTH
    assert tuple(drawn[60, 50]) == (90, 90, 90)
    # of the truth's 156 outermost pixels, 20 above and 20 below coincide with the prediction's
    assert (drawn.reshape(-1, 3) == TRUTH).all(axis=1).sum() == 116
    assert (drawn.reshape(-1, 3) == BOTH).all(axis=1).sum() == 40


def test_nothing_is_drawn_where_the_truth_is_not_known():
    truth, predicted = np.full((SIDE, SIDE), 255, dtype=np.uint8), np.ones((SIDE, SIDE), dtype=np.uint8)
    predicted[:10] = 0
    image = np.full((3, SIDE, SIDE), 90, dtype=np.uint8)
    assert (outlined(image, truth, predicted) == 90).all()


def test_small_images_are_enlarged_and_large_ones_made_smaller():
    for height, width in ((32, 64), (600, 1200)):
        image = np.full((1, height, width), 7, dtype=np.uint8)
        assert picture(image).shape == (120, 240, 3)
        mask = np.zeros((height, width), dtype=np.uint8)
        mask[: height // 2] = 1
        drawn = outlined(image, mask, mask)
        assert (drawn[59] == BOTH).all()
        assert (drawn[:59] == 7).all()
        assert (drawn[60:] == 7).all()
