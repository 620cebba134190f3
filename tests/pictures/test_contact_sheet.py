"""Contact sheets: what is written can be taken apart again, by the file alone."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from alseg.errors import DataError
from alseg.pictures.contact_sheet import contact_sheet, read_contact_sheet


def greys(n, height=10, width=12):
    """One grey each, far enough apart to survive JPEG."""
    return np.broadcast_to((10 + 5 * np.arange(n, dtype=np.uint8))[:, None, None], (n, height, width)).copy()


@pytest.mark.parametrize(("n", "columns", "lines"), [(1, 1, 1), (7, 7, 1), (8, 8, 1), (9, 8, 2), (40, 8, 5)])
def test_every_picture_lies_where_the_sheet_says(tmp_path, n, columns, lines):
    path = tmp_path / "sheet.jpg"
    path.write_bytes(contact_sheet(greys(n)))
    sheet = read_contact_sheet(path)
    assert (sheet.n, sheet.columns, sheet.lines, sheet.size, sheet.cell) == (n, columns, lines, (12, 10), (16, 16))
    pixels = np.asarray(Image.open(BytesIO(sheet.file)))
    assert pixels.shape == (16 * lines, 16 * columns)
    for i in range(n):
        line, column = divmod(i, columns)
        there = pixels[16 * line : 16 * line + 10, 16 * column : 16 * column + 12]
        assert np.abs(there.astype(int) - (10 + 5 * i)).max() <= 2


def test_many_pictures_are_no_ribbon(tmp_path):
    path = tmp_path / "sheet.jpg"
    path.write_bytes(contact_sheet(np.zeros((200, 8, 8, 3), dtype=np.uint8)))
    sheet = read_contact_sheet(path)
    assert (sheet.columns, sheet.lines) == (15, 14)
    assert Image.open(BytesIO(sheet.file)).mode == "RGB"


def test_equal_pictures_give_equal_bytes():
    assert contact_sheet(greys(5)) == contact_sheet(greys(5))


@pytest.mark.parametrize("damage", ["missing", "cut", "text", "foreign", "other comment"])
def test_what_is_no_sheet(tmp_path, damage):
    path = tmp_path / "sheet.jpg"
    whole = contact_sheet(greys(5))
    if damage == "cut":
        path.write_bytes(whole[:-20])
    elif damage == "text":
        path.write_text("no picture")
    elif damage == "foreign":
        Image.fromarray(greys(1)[0]).save(path)
    elif damage == "other comment":
        path.write_bytes(whole.replace(b'"n": 5', b'"n": 9'))
    with pytest.raises(DataError, match=r"sheet\.jpg: cannot be read as a contact sheet"):
        read_contact_sheet(path)


def test_pictures_that_hardly_compress():
    """Noise in colour at high quality takes more than a byte a pixel, which Pillow does not expect of ``optimize``."""
    pictures = np.random.default_rng(0).integers(0, 256, (16, 128, 128, 3), dtype=np.uint8)
    file = contact_sheet(pictures, quality=85)
    assert len(file) > pictures[..., 0].size
    with Image.open(BytesIO(file)) as sheet:
        assert np.asarray(sheet).shape == (2 * 128, 8 * 128, 3)
