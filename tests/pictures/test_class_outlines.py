"""Outlines in the colours of classes, masks that people can see, and numbers on pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from alseg.data.images import read_mask
from alseg.pictures.class_outlines import COLOURS, colour_of, drawn, save_class_ids
from alseg.pictures.numbered import numbered

ORANGE, SKY = COLOURS["orange"], COLOURS["sky blue"]


def test_colours_begin_again() -> None:
    assert [colour_of(class_) for class_ in (1, 2, 7, 8)] == ["orange", "sky blue", "purple", "orange"]


def test_outlines_by_hand() -> None:
    """The outermost pixels of each class in its colour, nothing where nobody looked, and the image itself elsewhere."""
    mask = np.zeros((7, 9), np.uint8)
    mask[1:6, 1:5], mask[1:6, 5:8], mask[0, 8] = 1, 2, 255
    image = np.arange(63, dtype=np.uint8).reshape(7, 9)
    found = drawn(image, mask)
    ring = np.zeros((7, 9), bool)
    ring[1:6, 1:5] = True
    ring[2:5, 2:4] = False
    assert (found[ring] == ORANGE).all()
    assert (found[2:5, 5] == SKY).all()
    kept = mask == 0
    kept[0, 8] = kept[2:5, 2:4] = kept[2:5, 6] = True
    assert np.array_equal(found[kept], np.repeat(image[kept][:, None], 3, axis=1))
    assert image[1, 1] == 10  # it is not drawn into


def test_outlines_of_large_images_are_wider() -> None:
    mask = np.zeros((1100, 20), np.uint8)
    mask[500:600, 5:15] = 1
    image = np.zeros((1100, 20, 3), np.uint8)
    rows = np.flatnonzero((drawn(image, mask)[:, 10] == ORANGE).all(axis=1))
    assert rows.tolist() == [*range(498, 503), *range(597, 602)]


def test_class_ids_stay_what_they_are(tmp_path: Path) -> None:
    mask = np.array([[0, 1, 2], [3, 255, 8]], np.uint8)
    save_class_ids(tmp_path / "mask.png", mask)
    assert np.array_equal(read_mask(tmp_path / "mask.png", (2, 3))[0], mask)
    with Image.open(tmp_path / "mask.png") as shown:
        colours = np.asarray(shown.convert("RGB"))
    assert colours.reshape(6, 3).tolist()[:3] == [[0, 0, 0], list(ORANGE), list(SKY)]
    assert colours[1, 1].tolist() == [128, 128, 128]


def test_numbers_differ_and_stay_in_their_corner() -> None:
    pictures = np.full((3, 100, 120, 3), 90, np.uint8)
    found = numbered(pictures, [1, 23, 7])
    assert len({picture.tobytes() for picture in found}) == 3
    assert (found[:, 30:] == 90).all()
    assert (found[:, :, 60:] == 90).all()
    assert (found.max(axis=(1, 2, 3)) > 200).all()
    assert (pictures == 90).all()
