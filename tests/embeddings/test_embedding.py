"""Pooling over slices, and the embedding that needs no network."""

import numpy as np
import pytest

from alseg.embeddings.embedding import group_means
from alseg.embeddings.pixels import Pixels


def test_a_volume_is_the_mean_of_its_slices():
    features = np.array([[1, 10], [5, 0], [3, 20], [7, 0]], np.float32)
    means = group_means(features, ["b", "a", "b", "c"])
    assert means.dtype == np.float32
    assert means.tolist() == [[2, 15], [5, 0], [2, 15], [7, 0]]
    assert group_means(features[:0], []).shape == (0, 2)


def test_pixels_are_grey_levels_row_by_row():
    image = np.zeros((2, 3, 4, 4), np.uint8)
    image[1, :, :2, 2:] = np.array([30, 60, 90])[:, None, None]  # top right, grey level 60
    found = Pixels(size=2).extract(image)
    assert found.shape == (2, Pixels(size=2).dimensions) == (2, 4)
    assert not found[0].any()
    assert found[1].argmax() == 1
    same = Pixels(size=4).extract(image)
    np.testing.assert_allclose(same[1].reshape(4, 4)[:2, 2:], 60 / 255, rtol=1e-6)


def test_pixels_of_any_batch(monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (9, 1, 33, 20), dtype=np.uint8)
    whole = Pixels().extract(images)
    monkeypatch.setattr("alseg.embeddings.pixels.BATCH", 4)
    np.testing.assert_array_equal(Pixels().extract(images), whole)
    assert Pixels().identity != Pixels(size=8).identity


def test_no_pixels():
    with pytest.raises(ValueError, match="^size=0: "):
        Pixels(size=0)
