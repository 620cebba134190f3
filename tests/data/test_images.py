from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from PIL import Image

from alseg.data.images import read_header, read_image, read_mask, size_of_whole
from alseg.data.region import Region
from alseg.errors import DataError
from tests.helpers.picture_files import png, pnm

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder

COLUMNS = np.array([[0, 0, 0, 175]] * 4)
NOISE = np.random.default_rng(0).integers(0, 256, (64, 64))


def test_grey(folder: Folder) -> None:
    path = folder.save("x.png", [[1, 2, 3], [4, 5, 6]])
    assert read_header(path) == ((2, 3), 1, 8)
    image = read_image(path, (2, 3), 1)
    assert image.dtype == np.uint8
    assert image.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert read_image(path, (2, 3), 3).tolist() == [[[1, 2, 3], [4, 5, 6]]] * 3


def test_colour(folder: Folder) -> None:
    path = folder.save("x.png", [[[1, 2, 3], [4, 5, 6]]])
    assert read_header(path) == ((1, 2), 3, 8)
    assert read_image(path, (1, 2), 3).tolist() == [[[1, 4]], [[2, 5]], [[3, 6]]]


def test_shrinking_is_antialiased(folder: Folder) -> None:
    # The triangle has a radius of 2 pixels: weights 0.25, 0.75, 0.75 over columns 1, 2, 3 give 175 * 0.75 / 1.75.
    path = folder.save("x.png", COLUMNS)
    assert read_image(path, (2, 2), 1).tolist() == [[[0, 75], [0, 75]]]
    assert read_image(path, (1, 2), 1).shape == (1, 1, 2)


@pytest.mark.parametrize(("name", "dtype"), [("x.png", np.uint16), ("x.tif", np.uint16), ("x.tif", np.float32)])
def test_deep_images_are_scaled_from_their_range(folder: Folder, name: str, dtype: type[np.generic]) -> None:
    path = folder.save(name, [[1000, 1400, 2000]], dtype)
    assert read_header(path).channels == 1
    assert read_image(path, (1, 3), 1).tolist() == [[[0, 102, 255]]]
    assert read_image(path, (1, 3), 3).tolist() == [[[0, 102, 255]]] * 3


def test_constant_deep_image_is_black(folder: Folder) -> None:
    path = folder.save("x.tif", [[7, 7]], np.uint16)
    assert read_image(path, (1, 2), 1).tolist() == [[[0, 0]]]


def test_non_finite_pixels(folder: Folder) -> None:
    path = folder.save("x.tif", [[1.0, np.nan]], np.float32)
    with pytest.raises(DataError, match=r"x\.tif: it holds NaN"):
        read_image(path, (1, 2), 1)


def test_palette_and_transparency(folder: Folder) -> None:
    indices = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    indices.putpalette([10, 20, 30, 40, 50, 60])
    palette = folder.save("p.png", indices, transparency=b"\x00\xff")
    alpha = folder.save("a.png", [[[10, 20, 30, 0], [40, 50, 60, 255]]])
    grey = folder.save("g.png", Image.merge("LA", [Image.new("L", (2, 1), 9), Image.new("L", (2, 1), 0)]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in (palette, alpha):
            assert read_header(path).channels == 3
            assert read_image(path, (1, 2), 3).tolist() == [[[10, 40]], [[20, 50]], [[30, 60]]]
    assert read_header(grey).channels == 1
    assert read_image(grey, (1, 2), 1).tolist() == [[[9, 9]]]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp"])
def test_truncated(folder: Folder, suffix: str) -> None:
    path = folder.save(f"x.{suffix}", NOISE)
    path.write_bytes(path.read_bytes()[:-1500])
    for read in (lambda: read_image(path, (8, 8), 1), lambda: read_mask(path, (8, 8))):
        with pytest.raises(DataError, match=rf"x\.{suffix}: it cannot be decoded.*truncated") as caught:
            read()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"])
def test_not_an_image(folder: Folder, content: bytes) -> None:
    path = folder.root / "x.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.png: it is not an image; use one of PNG"):
        read_header(path)


def test_unreadable(folder: Folder) -> None:
    with pytest.raises(DataError, match="set: it cannot be decoded"):
        read_header(folder.root)


def test_stacks_are_refused(folder: Folder) -> None:
    page = Image.new("L", (4, 4))
    path = folder.save("x.tif", page, save_all=True, append_images=[page, page])
    with pytest.raises(
        DataError, match=r"x\.tif: it holds 3 images; alseg data convert FROM --to DIR makes a data set"
    ):
        read_header(path)


def test_mask_is_resized_to_the_nearest_pixel(folder: Folder) -> None:
    path = folder.save("m.png", [[0, 1, 2, 255]] * 4)
    mask, held = read_mask(path, (2, 2))
    assert mask.dtype == np.uint8
    assert mask.tolist() == [[1, 255], [1, 255]]
    assert np.flatnonzero(held).tolist() == [0, 1, 2, 255]


def test_palette_mask_holds_its_indices(folder: Folder) -> None:
    indices = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8)).convert("P")
    indices.putdata([0, 1, 2])
    indices.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    assert read_mask(folder.save("m.png", indices), (1, 3))[0].tolist() == [[0, 1, 2]]


def test_other_masks_that_mean_ids(folder: Folder) -> None:
    ids = np.array([[0, 3, 255]])
    opaque = np.full_like(ids, 128)
    for path in (
        folder.save("rgb.png", np.stack([ids] * 3, -1)),
        folder.save("rgba.png", np.stack([ids, ids, ids, opaque], -1)),
        folder.save("la.png", Image.merge("LA", [Image.fromarray(a.astype(np.uint8)) for a in (ids, opaque)])),
        folder.save("i16.png", ids, np.uint16),
        folder.save("f.tif", ids, np.float32),
    ):
        assert read_mask(path, (1, 3))[0].tolist() == [[0, 3, 255]], path.name
    bilevel = folder.save("one.png", Image.fromarray(np.array([[0, 255]], dtype=np.uint8)).convert("1"))
    assert read_mask(bilevel, (1, 2))[0].tolist() == [
        [0, 1]
    ]  # the one bit of the file, whose 1 is a class id like another


def test_colour_mask(folder: Folder) -> None:
    path = folder.save("m.png", [[[0, 0, 0], [255, 0, 0]]])
    with pytest.raises(DataError, match=r"m\.png: it is a colour image"):
        read_mask(path, (1, 2))


@pytest.mark.parametrize(("value", "dtype"), [(300, np.uint16), (0.5, np.float32), (-1.5, np.float32)])
def test_mask_values_that_are_no_ids(folder: Folder, value: float, dtype: type[np.generic]) -> None:
    path = folder.save("m.tif", [[0, value]], dtype)
    with pytest.raises(DataError, match=rf"m\.tif: it holds the value {value}; class ids are whole numbers"):
        read_mask(path, (1, 2))


def test_a_region_comes_before_everything_else(folder: Folder) -> None:
    """What is cut away has no part in a mean of pixels, in the scale of a deep image, or in what a mask holds."""
    region = Region(x=1, y=1, width=2, height=1)
    grey = folder.save("x.png", [[9, 9, 9], [9, 1, 3], [9, 9, 9]])
    assert read_image(grey, (1, 2), 1, region).tolist() == [[[1, 3]]]
    assert read_image(grey, (1, 1), 1, region).tolist() == [[[2]]]
    deep = folder.save("d.tif", [[9000, 9000, 9000], [9000, 1000, 2000]], np.uint16)
    assert read_image(deep, (1, 2), 1, region).tolist() == [[[0, 255]]]
    bright = folder.save("f.tif", [[np.nan, np.nan, np.nan], [np.nan, 0.25, 0.5]], np.float32)
    assert read_image(bright, (1, 2), 1, region).tolist() == [[[0, 255]]]
    mask, held = read_mask(folder.save("m.png", [[5, 6, 7], [8, 0, 2]]), (2, 2), region)
    assert mask.tolist() == [[0, 2], [0, 2]]
    assert np.flatnonzero(held).tolist() == [0, 2]


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGB", "RGBA"])
def test_a_region_of_any_kind_of_image(folder: Folder, mode: str) -> None:
    pixels = Image.fromarray(255 * (NOISE > 100).astype(np.uint8)).convert(mode)
    whole, part = folder.save("w.png", pixels), folder.save("p.png", pixels.crop((10, 20, 50, 30)))
    region = Region(x=10, y=20, width=40, height=10)
    assert np.array_equal(read_image(whole, (5, 5), 3, region), read_image(part, (5, 5), 3))
    assert np.array_equal(read_mask(whole, (5, 5), region)[0], read_mask(part, (5, 5))[0])


def test_too_large(folder: Folder) -> None:
    """189 megapixels: nothing is truncated. What Pillow would only warn of is read."""
    path = folder.root / "x.png"
    png(path, [[0]], 8)
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 13500, 14000)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    path.write_bytes(content)
    for read in (lambda: read_header(path), lambda: read_image(path, (8, 8), 1), lambda: read_mask(path, (8, 8))):
        with pytest.raises(DataError) as caught:
            read()
        assert str(caught.value).startswith(
            f"{path}: it is too large, 189.0 megapixels where 179.0 are the limit; cut it, and its mask alike, into tiles"
        )
        assert "truncated" not in str(caught.value)


def test_large_without_a_warning(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    path = folder.save("x.png", [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        assert read_header(path).size == (3, 5)


def test_a_suffix_does_not_decide(folder: Folder) -> None:
    png(folder.root / "x.tif", [[1, 2]], 8)
    tifffile.imwrite(folder.root / "y.png", np.array([[1, 2]], np.uint8), photometric="minisblack")
    for name in ("x.tif", "y.png"):
        assert read_image(folder.root / name, (1, 2), 1).tolist() == [[[1, 2]]]


@pytest.mark.parametrize("frames", ["GIF", "PNG", "WEBP"])
def test_films_are_refused(folder: Folder, frames: str) -> None:
    pages = [Image.fromarray(np.full((4, 4), value, np.uint8)).convert("RGB") for value in (1, 200, 90)]
    path = folder.root / "x.img"
    pages[0].save(path, frames, save_all=True, append_images=pages[1:])
    for read in (lambda: read_header(path), lambda: read_image(path, (4, 4), 1), lambda: size_of_whole(path)):
        with pytest.raises(DataError, match="it holds 3 images; save one file for each"):
            read()


@pytest.mark.parametrize(
    ("name", "kind", "highest", "says"),
    [
        (
            "x.ppm",
            b"P6",
            4095,
            "it is a PPM file in colour whose white is 4095, more than 8 bits; save it as PNG or TIFF",
        )
    ],
)
def test_colours_that_would_lose_bits(folder: Folder, name: str, kind: bytes, highest: int, says: str) -> None:
    pnm(folder.root / name, kind, highest, np.zeros((2, 2, 3)))
    with pytest.raises(DataError, match=says):
        read_header(folder.root / name)


def line(read: Callable[[], object]) -> str:
    """What is said of a file, or nothing where it is read."""
    try:
        read()
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.gif", "x.bmp", "x.webp", "x.jp2", "x.pgm"])
def test_damaged_pictures_end_in_one_line(folder: Folder, name: str) -> None:
    """Whatever bytes are wrong, and whatever Pillow makes of them."""
    rng = np.random.default_rng(0)
    path = folder.save(name, NOISE)
    content = np.frombuffer(path.read_bytes(), np.uint8)
    for _ in range(40):
        damaged = content.copy()
        damaged[rng.integers(0, min(len(content), 300), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged.tobytes())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of EXIF that is broken, too
            for read in (
                lambda: read_header(path),
                lambda: read_image(path, (8, 8), 1),
                lambda: read_mask(path, (8, 8)),
            ):
                said = line(read)
                assert said.startswith(f"{path}: ") or not said
                assert "\n" not in said


DRAWN = np.array([[0, 0, 255, 255]] * 4, np.uint8)
ONE_COLOUR = np.zeros((4, 4), np.uint8)


@pytest.mark.parametrize("name", ["x.png", "x.webp", "x.tif"])
@pytest.mark.parametrize("channels", [2, 4])
def test_a_mask_drawn_in_transparency(folder: Folder, name: str, channels: int) -> None:
    """A brush on an empty layer: every pixel is black, and only its alpha says where somebody painted."""
    if (name, channels) == ("x.webp", 2):
        pytest.skip("WebP has no grey")
    drawn = np.dstack([ONE_COLOUR] * (channels - 1) + [DRAWN])
    path = folder.root / name
    options = {"lossless": True, "exact": True} if name == "x.webp" else {}
    if name == "x.tif":
        kind = "rgb" if channels == 4 else "minisblack"
        tifffile.imwrite(path, drawn, photometric=kind, extrasamples=["unassalpha"], planarconfig="contig")
    else:
        Image.fromarray(drawn).save(path, **options)
    with pytest.raises(DataError, match=f"{name}: all of its pixels have one value, and their transparency .alpha."):
        read_mask(path, (4, 4))


@pytest.mark.parametrize("alpha", [DRAWN, ONE_COLOUR + 255])
def test_transparency_beside_a_drawn_mask_says_nothing(folder: Folder, alpha: np.ndarray) -> None:
    path = folder.save("x.png", np.dstack([DRAWN, alpha]))
    assert read_mask(path, (4, 4))[0].tolist() == DRAWN.tolist()


def test_an_empty_mask_with_even_transparency(folder: Folder) -> None:
    path = folder.save("x.png", np.dstack([ONE_COLOUR, ONE_COLOUR + 9]))
    assert not read_mask(path, (4, 4))[0].any()
