from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from alseg.pictures.thumbnails import Sheets, sheets, thumbnails


def tile(found: Sheets, i: int) -> np.ndarray:
    """The thumbnail of one image, cut out as the page does it."""
    sheet, place = divmod(i, found.per_sheet)
    x, y = place % found.columns * found.cell[0], place // found.columns * found.cell[1]
    with Image.open(BytesIO(found.files[sheet])) as picture:
        return np.asarray(picture.crop((x, y, x + found.size[0], y + found.size[1])))


def smooth(n: int, height: int, width: int, colours: int) -> np.ndarray:
    """Images without noise, each of another brightness and slope."""
    rng = np.random.default_rng(0)
    base, slope = rng.uniform(40, 160, (n, 1, 1, colours)), rng.uniform(0, 90, (n, 1, 1, colours))
    ramp = (np.arange(height)[:, None] / height + np.arange(width) / width)[None, :, :, None] / 2
    pictures = (base + slope * ramp).astype(np.uint8)
    return pictures[..., 0] if colours == 1 else pictures


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("size", [(48, 48), (20, 33)], ids=str)
def test_every_thumbnail_comes_out_as_it_went_in(size, colours):
    pictures = smooth(1100 if colours == 1 else 50, *size, colours)
    found = sheets(pictures)
    assert found.size == size[::-1]
    assert len(found.files) == -(-len(pictures) // found.per_sheet)
    for i in (0, 1, found.columns, found.per_sheet - 1, len(pictures) - 1):
        if i < len(pictures):
            assert np.abs(tile(found, i).astype(int) - pictures[i]).max() <= 6, i


def test_neighbours_do_not_bleed_into_one_another():
    pictures = np.zeros((3, 20, 20), np.uint8)
    pictures[1] = 255
    found = sheets(pictures)
    assert tile(found, 0).max() == tile(found, 2).max() == 0
    assert tile(found, 1).min() == 255


def test_the_limit_is_kept_by_quality_and_then_by_size():
    noise = np.random.default_rng(0).integers(0, 256, (200, 48, 48), dtype=np.uint8)
    best = sheets(noise)
    coarse = sheets(noise, limit=best.characters * 2 // 3)
    small = sheets(noise, limit=best.characters // 10)
    assert coarse.size == (48, 48)
    assert coarse.characters <= best.characters * 2 // 3
    assert small.size < (48, 48)
    assert small.characters <= best.characters // 10


def test_thumbnails_keep_the_proportions_and_are_never_enlarged():
    images = np.zeros((5, 1, 200, 400), np.uint8)
    images[3] = 77
    small = thumbnails(images, np.array([3, 0]))
    assert small.shape == (2, 48, 96)
    assert (small[0] == 77).all()
    assert not small[1].any()
    colour = np.arange(2 * 3 * 10 * 12, dtype=np.uint8).reshape(2, 3, 10, 12)
    assert np.array_equal(thumbnails(colour, np.array([1]))[0], colour[1].transpose(1, 2, 0))
    assert thumbnails(np.zeros((2, 1, 96, 96), np.uint8), np.zeros(2_001, np.intp)).shape == (2_001, 64, 64)
