"""Every kind of pixels that pictures and TIFF can hold, by both doors, against values worked out by hand.

Each file shows three pixels, side by side and again and again, so that the half and the 99.5th percentile are the lowest and
the highest of the three.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from alseg.data.convert.own import convert
from alseg.data.folder import load_folder
from alseg.data.images import read_header
from tests.helpers.picture_files import GREY_ALPHA, PALETTE, RGB, RGBA, png, pnm

HEIGHT, WIDTH = 16, 48
BLACK_MIDDLE_WHITE = [1000, 1400, 2000]
"""0, 400/1000 of 255 = 102, and 255."""
REDDISH, BLACK, WHITE = [200, 50, 20], [0, 0, 0], [255, 255, 255]
COLOURS = [REDDISH, BLACK, WHITE]
DEEP_COLOURS = [[2000, 1200, 1000], [1000, 1000, 1000], [2000, 2000, 2000]]
SEEN_DEEP_COLOURS = [[255, 51, 0], BLACK, WHITE]


def pixels(three: Any, dtype: Any = np.uint8) -> np.ndarray:
    """``(H, W)`` or ``(H, W, channels)``: three pixels in turn."""
    row = np.asarray(three).astype(dtype)
    return np.tile(row, (HEIGHT, WIDTH // 3, *[1] * (row.ndim - 1)))


class Sample(NamedTuple):
    """A file, and what it shows."""

    name: str
    write: Callable[[Path], Any]
    shown: Any
    channels: int = 1
    bits: int = 8
    within: int = 0


def tiff(name: str, three: Any, dtype: Any, shown: Any, **options: Any) -> Sample:
    values = pixels(three, dtype)
    bits = options.get("bitspersample") or (1 if values.dtype == bool else 8 * values.itemsize)
    within = options.pop("within", 0)
    if options.get("planarconfig") == "separate":
        values = np.moveaxis(values, -1, 0)
    options = {"photometric": "minisblack", "metadata": None, **options}
    channels = options.pop("channels", 3 if np.ndim(shown) == 2 else 1)
    return Sample(f"{name}.tif", lambda path: tifffile.imwrite(path, values, **options), shown, channels, bits, within)


def pillow(name: str, image: Image.Image, shown: Any, bits: int = 8, within: int = 0, **options: Any) -> Sample:
    return Sample(name, lambda path: image.save(path, **options), shown, 3 if np.ndim(shown) == 2 else 1, bits, within)


def packed(bits: int) -> dict[str, Any]:
    """tifffile writes fewer bits than a type has, where it is told to."""
    return {"bitspersample": bits}


def colour_map(*colours: list[int], bits: int = 8) -> np.ndarray:
    found = np.zeros((3, 2**bits), np.uint16)
    found[:, : len(colours)] = np.array(colours).T * 257
    return found


def small_palette(path: Path, bits: int) -> None:
    """tifffile does not write one, so the photometric interpretation is changed afterwards."""
    colours = colour_map(*COLOURS, bits=bits).ravel()
    options: Any = {"photometric": "minisblack", "bitspersample": bits, "metadata": None}
    tifffile.imwrite(path, pixels([0, 1, 2]), extratags=[(320, "H", colours.size, colours)], **options)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["PhotometricInterpretation"].overwrite(3)


def cmyk(bits: int = 8) -> np.ndarray:
    """Colours without black ink: red, green and blue are what the inks leave."""
    highest = 2**bits - 1
    inks = np.array([[highest - side * highest // 255 for side in colour] + [0] for colour in COLOURS])
    inks[1] = [0, 0, 0, highest]  # black by black ink
    return inks


def lab() -> Image.Image:
    s_rgb, lab_ = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    found = ImageCms.profileToProfile(Image.fromarray(pixels(COLOURS)), s_rgb, lab_, outputMode="LAB")
    assert found is not None
    return found


def jp2(path: Path, values: np.ndarray, bits: int) -> None:
    path.write_bytes(imagecodecs.jpeg2k_encode(values, bitspersample=bits, reversible=True, level=0))


RGB_IMAGE = Image.fromarray(pixels(COLOURS))
GREY_IMAGE = Image.fromarray(pixels([0, 102, 255]))
SEEN = [0, 102, 255]
BITS = Image.fromarray(pixels([0, 1, 1], bool))
BLACK_AND_WHITE = [0, 255, 255]
CLEAR = [(b"tRNS", b"\0\0\xff")]

SAMPLES = [
    # PNG
    Sample("grey1.png", lambda p: png(p, pixels([0, 1, 1]), 1), BLACK_AND_WHITE, bits=1),
    Sample("grey2.png", lambda p: png(p, pixels([0, 1, 3]), 2), [0, 85, 255], bits=2),
    Sample("grey4.png", lambda p: png(p, pixels([0, 3, 15]), 4), [0, 51, 255], bits=4),
    Sample("grey8.png", lambda p: png(p, pixels(SEEN), 8), SEEN),
    Sample("grey16.png", lambda p: png(p, pixels(BLACK_MIDDLE_WHITE, np.uint16), 16), SEEN, bits=16),
    Sample("rgb8.png", lambda p: png(p, pixels(COLOURS), 8, RGB), COLOURS, 3),
    Sample("rgb16.png", lambda p: png(p, pixels(DEEP_COLOURS, np.uint16), 16, RGB), SEEN_DEEP_COLOURS, 3, 16),
    Sample("alpha8.png", lambda p: png(p, pixels([[0, 9], [102, 0], [255, 255]]), 8, GREY_ALPHA), SEEN),
    Sample(
        "alpha16.png",
        lambda p: png(p, pixels([[1000, 0], [1400, 9], [2000, 7]], np.uint16), 16, GREY_ALPHA),
        SEEN,
        bits=16,
    ),
    Sample("rgba8.png", lambda p: png(p, pixels([[*c, 0] for c in COLOURS]), 8, RGBA), COLOURS, 3),
    Sample(
        "rgba16.png",
        lambda p: png(p, pixels([[*c, 0] for c in DEEP_COLOURS], np.uint16), 16, RGBA),
        SEEN_DEEP_COLOURS,
        3,
        16,
    ),
    *[
        Sample(f"palette{b}.png", lambda p, b=b: png(p, pixels([0, 1, 2]), b, PALETTE, COLOURS), COLOURS, 3, b)  # type: ignore[misc]
        for b in (2, 4, 8)
    ],
    Sample("palette1.png", lambda p: png(p, pixels([0, 1, 1]), 1, PALETTE, COLOURS[:2]), [REDDISH, BLACK, BLACK], 3, 1),
    Sample("greys.png", lambda p: png(p, pixels([0, 1, 2]), 8, PALETTE, [[s] * 3 for s in SEEN]), SEEN, 1),
    Sample("clear.png", lambda p: png(p, pixels([0, 1, 2]), 8, PALETTE, COLOURS, before=CLEAR), COLOURS, 3),
    # the other pictures
    pillow("grey.jpg", GREY_IMAGE, SEEN, within=3, quality=100),
    pillow("rgb.jpg", RGB_IMAGE, COLOURS, within=6, quality=100, subsampling=0),
    Sample("cmyk.jpg", lambda p: Image.fromarray(pixels(cmyk()), "CMYK").save(p, quality=100), COLOURS, 3, within=6),
    pillow("grey.bmp", GREY_IMAGE, SEEN),
    pillow("rgb.bmp", RGB_IMAGE, COLOURS),
    pillow("bits.bmp", BITS, BLACK_AND_WHITE, 1),
    pillow("palette.bmp", RGB_IMAGE.quantize(3), COLOURS),
    pillow("grey.gif", GREY_IMAGE, SEEN, 2),
    pillow("palette.gif", RGB_IMAGE.quantize(3), COLOURS, 2),
    pillow("rgb.webp", RGB_IMAGE, COLOURS, lossless=True),
    pillow("grey.jp2", GREY_IMAGE, SEEN),
    pillow("rgb.jp2", RGB_IMAGE, COLOURS, within=1),
    Sample("grey4.jp2", lambda p: jp2(p, pixels([0, 3, 15]), 4), [0, 51, 255], bits=4),
    Sample("grey12.jp2", lambda p: jp2(p, pixels(BLACK_MIDDLE_WHITE, np.uint16), 12), SEEN, bits=12),
    Sample("rgb12.jp2", lambda p: jp2(p, pixels(DEEP_COLOURS, np.uint16), 12), SEEN_DEEP_COLOURS, 3, 12),
    Sample("bits.pbm", lambda p: pnm(p, b"P4", None, pixels([1, 0, 0])), BLACK_AND_WHITE, bits=1),
    Sample("plain.pbm", lambda p: pnm(p, b"P1", None, pixels([1, 0, 0])), BLACK_AND_WHITE, bits=1),
    Sample("grey2.pgm", lambda p: pnm(p, b"P5", 3, pixels([0, 1, 3])), [0, 85, 255], bits=2),
    Sample("grey8.pgm", lambda p: pnm(p, b"P5", 255, pixels(SEEN)), SEEN),
    Sample("grey12.pgm", lambda p: pnm(p, b"P5", 4095, pixels(BLACK_MIDDLE_WHITE, np.uint16)), SEEN, bits=12),
    Sample("grey16.pgm", lambda p: pnm(p, b"P5", 65535, pixels(BLACK_MIDDLE_WHITE, np.uint16)), SEEN, bits=16),
    Sample("plain.pgm", lambda p: pnm(p, b"P2", 4095, pixels(BLACK_MIDDLE_WHITE, np.uint16)), SEEN, bits=12),
    Sample("rgb.ppm", lambda p: pnm(p, b"P6", 255, pixels(COLOURS)), COLOURS, 3),
    # TIFF: black is zero
    tiff("b1", [0, 1, 1], bool, BLACK_AND_WHITE),
    tiff("b2", [0, 1, 3], np.uint8, [0, 85, 255], **packed(2)),
    tiff("b4", [0, 3, 15], np.uint8, [0, 51, 255], **packed(4)),
    tiff("b8", SEEN, np.uint8, SEEN),
    tiff("b10", [100, 140, 200], np.uint16, SEEN, **packed(10)),
    tiff("b12", BLACK_MIDDLE_WHITE, np.uint16, SEEN, **packed(12)),
    *[tiff(f"b_{t}", BLACK_MIDDLE_WHITE, t, SEEN) for t in ("u2", "u4", "u8", "i2", "i4", "i8", "f2", "f4", "f8")],
    tiff("b_high", [2**31 + v for v in BLACK_MIDDLE_WHITE], np.uint32, SEEN),  # a float32 would round them to one
    tiff("b_negative", [-1000, -600, 0], np.int16, SEEN),
    tiff("b_fractions", [0.0, 0.4, 1.0], np.float32, SEEN),
    # white is zero
    tiff("w1", [1, 0, 0], bool, BLACK_AND_WHITE, photometric="miniswhite"),
    tiff("w2", [3, 2, 0], np.uint8, [0, 85, 255], photometric="miniswhite", **packed(2)),
    tiff("w4", [15, 12, 0], np.uint8, [0, 51, 255], photometric="miniswhite", **packed(4)),
    tiff("w8", [255, 153, 0], np.uint8, SEEN, photometric="miniswhite"),
    tiff("w12", [2000, 1600, 1000], np.uint16, SEEN, photometric="miniswhite", **packed(12)),
    *[
        tiff(f"w_{t}", [2000, 1600, 1000], t, SEEN, photometric="miniswhite")
        for t in ("u2", "u4", "i2", "i4", "f2", "f4", "f8")
    ],
    pillow("fax.tif", BITS, BLACK_AND_WHITE, 1, compression="group4"),
    # palettes
    *[Sample(f"p{b}.tif", lambda p, b=b: small_palette(p, b), COLOURS, 3, b) for b in (2, 4)],  # type: ignore[misc]
    tiff("p8", [0, 1, 2], np.uint8, COLOURS, photometric="palette", colormap=colour_map(*COLOURS)),
    tiff("p16", [0, 1, 2], np.uint16, COLOURS, photometric="palette", colormap=colour_map(*COLOURS, bits=16)),
    tiff("p_greys", [0, 1, 2], np.uint8, SEEN, photometric="palette", colormap=colour_map(*[[s] * 3 for s in SEEN])),
    tiff("p_of_8_bits", [0, 1, 2], np.uint8, COLOURS, photometric="palette", colormap=colour_map(*COLOURS) // 257),
    # colours
    tiff("rgb8", COLOURS, np.uint8, COLOURS, photometric="rgb"),
    tiff("rgb16", DEEP_COLOURS, np.uint16, SEEN_DEEP_COLOURS, photometric="rgb"),
    tiff("rgb_planes", COLOURS, np.uint8, COLOURS, photometric="rgb", planarconfig="separate"),
    tiff("rgba", [[*c, 7] for c in COLOURS], np.uint8, COLOURS, photometric="rgb", extrasamples=["unassalpha"]),
    tiff("rgbx", [[*c, 7] for c in COLOURS], np.uint8, COLOURS, photometric="rgb", extrasamples=["unspecified"]),
    tiff(
        "grey_alpha",
        [[v, 7] for v in SEEN],
        np.uint8,
        SEEN,
        planarconfig="contig",
        extrasamples=["unassalpha"],
    ),
    tiff("cmyk8", cmyk(), np.uint8, COLOURS, photometric="separated"),
    tiff("cmyk16", cmyk(16), np.uint16, COLOURS, photometric="separated"),
    pillow(
        "cmyk_jpeg.tif", Image.fromarray(pixels(cmyk()), "CMYK"), COLOURS, within=8, compression="jpeg", quality=100
    ),
    pillow("ycbcr.tif", RGB_IMAGE.convert("YCbCr"), COLOURS, within=3),
    pillow("ycbcr_jpeg.tif", RGB_IMAGE.convert("YCbCr"), COLOURS, within=8, compression="jpeg", quality=100),
    pillow("rgb_jpeg.tif", RGB_IMAGE, COLOURS, within=8, compression="jpeg", quality=100),
    pillow("lab.tif", lab(), COLOURS, within=2),
    # how it is stored
    tiff("big_endian", BLACK_MIDDLE_WHITE, np.uint16, SEEN, byteorder=">"),
    tiff("big_tiff", BLACK_MIDDLE_WHITE, np.uint16, SEEN, bigtiff=True),
    tiff("tiles", COLOURS, np.uint8, COLOURS, photometric="rgb", tile=(16, 32)),
    *[
        tiff(f"{name}", COLOURS, np.uint8, COLOURS, photometric="rgb", compression=name)
        for name in ("zlib", "lzw", "packbits", "zstd", "lzma", "png", "jpegxl")
    ],
    *[
        tiff(f"{name}_predictor", BLACK_MIDDLE_WHITE, np.uint16, SEEN, compression=name, predictor=True)
        for name in ("zlib", "lzw", "zstd")
    ],
    tiff("float_predictor", BLACK_MIDDLE_WHITE, np.float32, SEEN, compression="zlib", predictor=True),
]


def folder_of(samples: Any, root: Path, column: str) -> Path:
    (root / "files").mkdir(parents=True)
    rows = []
    for number, (name, write) in enumerate(samples):
        write(root / "files" / name)
        image = "image.png" if column == "mask" else f"files/{name}"
        value = f"files/{name}" if column == "mask" else "ab"[number % 2]
        rows.append(f"{name.replace('.', '_')},{image},{value},")
    (root / "manifest.csv").write_text("\n".join([f"id,image,{column},group", *rows]) + "\n")
    return root


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    """Door to the images of both, by their ids."""
    base = tmp_path_factory.mktemp("samples")
    root = folder_of([(sample.name, sample.write) for sample in SAMPLES], base / "set", "label")
    convert(root, base / "converted", progress=False)
    loaded = {name: load_folder(base / name, [HEIGHT, WIDTH], progress=False) for name in ("set", "converted")}
    assert loaded["set"].window is not None
    assert loaded["converted"].window is None
    return {name: dict(zip(found.ids, found.images)) for name, found in loaded.items()} | {"root": {"": np.array(root)}}


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_what_a_file_shows(doors: dict[str, dict[str, np.ndarray]], sample: Sample):
    header = read_header(Path(str(doors["root"][""])) / "files" / sample.name)
    assert header == ((HEIGHT, WIDTH), sample.channels, sample.bits)
    seen = pixels([value if isinstance(value, list) else [value] * 3 for value in sample.shown], np.int16)
    for door in ("set", "converted"):
        found = doors[door][sample.name.replace(".", "_")].transpose(1, 2, 0).astype(np.int16)
        assert np.abs(found - seen).max() <= sample.within, (door, found[0, :3].tolist())


IDS = [0, 1, 3]
ID_PALETTE = [[0, 0, 0], [255, 0, 0], [9, 9, 9], [0, 0, 255]]
MASKS: list[tuple[str, Callable[[Path], Any], list[int]]] = [
    ("grey1.png", lambda p: png(p, pixels([0, 1, 1]), 1), [0, 1, 1]),
    ("grey2.png", lambda p: png(p, pixels(IDS), 2), IDS),
    ("grey4.png", lambda p: png(p, pixels(IDS), 4), IDS),
    ("grey8.png", lambda p: png(p, pixels([0, 1, 255]), 8), [0, 1, 255]),
    ("grey16.png", lambda p: png(p, pixels(IDS), 16), IDS),
    ("rgb8.png", lambda p: png(p, pixels([[i] * 3 for i in IDS]), 8, RGB), IDS),
    ("rgb16.png", lambda p: png(p, pixels([[i] * 3 for i in IDS]), 16, RGB), IDS),
    ("palette1.png", lambda p: png(p, pixels([0, 1, 1]), 1, PALETTE, [[255] * 3, [0] * 3]), [0, 1, 1]),
    ("palette2.png", lambda p: png(p, pixels(IDS), 2, PALETTE, ID_PALETTE), IDS),
    ("palette8.png", lambda p: png(p, pixels(IDS), 8, PALETTE, ID_PALETTE), IDS),
    ("bits.bmp", lambda p: BITS.save(p), [0, 1, 1]),
    ("palette.gif", lambda p: _indexed().save(p, optimize=False), IDS),
    ("grey.gif", lambda p: Image.fromarray(pixels(IDS)).save(p, optimize=False), IDS),
    ("bits.pbm", lambda p: pnm(p, b"P4", None, pixels([1, 0, 0])), [0, 1, 1]),
    ("grey2.pgm", lambda p: pnm(p, b"P5", 3, pixels(IDS)), IDS),
    ("grey12.pgm", lambda p: pnm(p, b"P5", 4095, pixels(IDS)), IDS),
    ("grey8.jp2", lambda p: Image.fromarray(pixels(IDS)).save(p), IDS),
    ("grey4.jp2", lambda p: jp2(p, pixels(IDS), 4), IDS),
    *[
        (f"{t}.tif", lambda p, t=t: tifffile.imwrite(p, pixels(IDS, t), photometric="minisblack"), IDS)  # type: ignore[misc]
        for t in ("u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8")
    ],
    ("b1.tif", lambda p: tifffile.imwrite(p, pixels([0, 1, 1], bool), photometric="minisblack"), [0, 1, 1]),
    ("b4.tif", lambda p: tifffile.imwrite(p, pixels(IDS), photometric="minisblack", bitspersample=4), IDS),
    ("w1.tif", lambda p: tifffile.imwrite(p, pixels([1, 0, 0], bool), photometric="miniswhite"), [0, 1, 1]),
    ("w8.tif", lambda p: tifffile.imwrite(p, pixels(IDS), photometric="miniswhite"), IDS),
    ("w16.tif", lambda p: tifffile.imwrite(p, pixels(IDS, np.uint16), photometric="miniswhite"), IDS),
    ("fax.tif", lambda p: BITS.save(p, compression="group4"), [0, 1, 1]),
    (
        "palette.tif",
        lambda p: tifffile.imwrite(p, pixels(IDS), photometric="palette", colormap=colour_map(*ID_PALETTE)),
        IDS,
    ),
]


def _indexed() -> Image.Image:
    image = Image.fromarray(pixels(IDS)).convert("P")
    image.putdata(pixels(IDS).ravel().tolist())
    image.putpalette([side for colour in ID_PALETTE for side in colour])
    return image


@pytest.mark.slow
def test_what_a_mask_holds(tmp_path: Path):
    root = folder_of([(name, write) for name, write, _ in MASKS], tmp_path / "set", "mask")
    Image.new("L", (WIDTH, HEIGHT)).save(root / "image.png")
    convert(root, tmp_path / "converted", progress=False)
    for door in (root, tmp_path / "converted"):
        found = load_folder(door, [HEIGHT, WIDTH], classes=["none", "a", "b", "c"], progress=False)
        first = {id_: target[0, :3].tolist() for id_, target in zip(found.ids, found.targets)}
        assert first == {name.replace(".", "_"): ids for name, _, ids in MASKS}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="imagecodecs for Python 3.10 decodes no CCITT")
def test_one_bit_stays_one_bit(tmp_path: Path):
    """A data set is told what to make of the 1 of such a file by the bits, so a conversion must not lose them."""
    root = folder_of([("m.tif", lambda p: BITS.save(p, compression="group4"))], tmp_path / "set", "mask")
    Image.new("L", (WIDTH, HEIGHT)).save(root / "image.png")
    convert(root, tmp_path / "converted", progress=False)
    (mask,) = (tmp_path / "converted" / "masks").iterdir()
    assert read_header(mask).bits == read_header(root / "files" / "m.tif").bits == 1


@pytest.mark.parametrize("three", [[0, 255, 255], [255, 255, 255]])
def test_a_mask_of_0_and_255_with_white_as_zero_may_be_either(tmp_path: Path, three: list[int]):
    root = folder_of(
        [("m.tif", lambda p: tifffile.imwrite(p, pixels(three), photometric="miniswhite"))], tmp_path / "set", "mask"
    )
    Image.new("L", (WIDTH, HEIGHT)).save(root / "image.png")
    lines = []
    for door in (
        lambda: load_folder(root, [HEIGHT, WIDTH]),
        lambda: convert(root, tmp_path / "converted", progress=False),
    ):
        with pytest.raises(Exception, match="m.tif: it holds 0 and 255 with white as zero") as caught:
            door()
        lines.append(str(caught.value))
    assert lines[0] == lines[1]
