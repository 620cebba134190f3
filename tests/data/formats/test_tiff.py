"""TIFF files whose chain of pages, size or series cannot be believed, and those whose slices must all be found."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from alseg.data.formats.tiff import read_tiff, tiff_header
from alseg.data.images import read_header, read_image, read_mask
from alseg.errors import DataError

STACK = np.random.default_rng(0).integers(0, 999, (10, 2, 8, 6)).astype(np.uint16)
VOLUME = STACK[:, 0]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    def save(values: Any, **options: Any) -> Path:
        tifffile.imwrite(tmp_path / "x.tif", values, **{"photometric": "minisblack", **options})
        return tmp_path / "x.tif"

    return save


def by_hand(path: Path, *pages: tuple[int, dict[int, tuple[int, int, int]]], size: int = 800, start: int = 8) -> Path:
    """A little-endian TIFF of ``size`` bytes with pages at ``start``, each of (offset of the next, tag: (type, count, value))."""
    content = struct.pack("<2sHI", b"II", 42, start)
    for following, tags in pages:
        content += struct.pack("<H", len(tags))
        content += b"".join(struct.pack("<HHII", tag, *tags[tag]) for tag in sorted(tags)) + struct.pack(
            "<I", following
        )
    path.write_bytes(content.ljust(size, b"\0"))
    return path


def page(width: int = 4, height: int = 4, **more: tuple[int, int, int]) -> dict[int, tuple[int, int, int]]:
    """Grey, of 8 bits, with the pixels at 600; more tags as ``t270=(type, count, value)``."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 600, 277: 1, 278: height, 279: width * height}
    stated = {tag: (4, 1, value) for tag, value in tags.items()}
    return stated | {int(name[1:]): value for name, value in more.items()}


NEXT = 8 + 2 + 9 * 12 + 4
"""Where a second page lies."""


def refused(path: Path) -> str:
    """The line by which every door refuses a file."""
    found = set()
    for reader in (
        read_tiff,
        tiff_header,
        read_header,
        lambda p: read_image(p, (4, 4), 1),
        lambda p: read_mask(p, (4, 4)),
    ):
        with pytest.raises(DataError) as caught:
            reader(path)
        found.add(str(caught.value))
    (line,) = found
    assert line.startswith(f"{path}: ") and "\n" not in line
    return line


# --- what a file states and does not hold


def test_a_page_by_hand(tmp_path: Path):
    path = by_hand(tmp_path / "x.tif", (0, page()))
    assert read_tiff(path).slices.shape == (1, 4, 4)


@pytest.mark.parametrize("second", [0, 1], ids=["to itself", "to the page before"])
def test_pages_that_point_back(tmp_path: Path, second: int):
    pages = [(NEXT, page()), (8, page())] if second else [(8, page())]
    line = refused(by_hand(tmp_path / "x.tif", *pages))
    assert f"its page {1 + second} points back to its page 1, so that there is no last one" in line


def test_pages_that_lie_in_each_other(tmp_path: Path):
    """Each page of a long chain may claim nearly the whole file as its tags: a square of work in its size."""
    content = bytearray(struct.pack("<2sHI", b"II", 42, 8).ljust(60_000, b"\0"))
    for offset in range(8, 16_000, 4):
        struct.pack_into("<H", content, offset, 2000)
        struct.pack_into("<I", content, offset + 2 + 2000 * 12, offset + 4)
    path = tmp_path / "x.tif"
    path.write_bytes(content)
    assert "its page 3 is said to have 2000 tags" in refused(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"t273": (4, 2**31, 700)}, "its tag 273 is said to hold 2147483648 values"),
        ({"t270": (2, 2**32 - 1, 700)}, "its tag 270 is said to hold 4294967295 values"),
    ],
)
def test_tags_longer_than_the_file(tmp_path: Path, more: dict[str, Any], says: str):
    assert f"it cannot be decoded ({says}); the file may be truncated" in refused(
        by_hand(tmp_path / "x.tif", (0, page(**more)))
    )


def test_more_pixels_than_bytes(tmp_path: Path):
    """178 megapixels in 800 bytes are read to nothing; 4 GB of them are not even begun."""
    assert "it cannot be decoded" in str(
        pytest.raises(DataError, read_tiff, by_hand(tmp_path / "x.tif", (0, page(9000, 9000)))).value
    )
    wide = page(16000, 11000, t258=(3, 1, 64), t279=(4, 1, 100))
    line = refused(by_hand(tmp_path / "x.tif", (0, wide)))
    assert "it states 1.4 GB of pixels and holds 800 bytes" in line


def test_a_page_behind_the_end(tmp_path: Path):
    assert "its page 2 is said to lie behind its end" in refused(by_hand(tmp_path / "x.tif", (900, page())))


def test_no_pages(tmp_path: Path):
    assert "it has no pages" in refused(by_hand(tmp_path / "x.tif", start=0))


def test_too_large(tmp_path: Path):
    """189 megapixels, as in any other format; nothing says truncated."""
    line = refused(by_hand(tmp_path / "x.tif", (0, page(13500, 14000))))
    assert "it is too large, 189.0 megapixels where 179.0 are the limit; cut it, and its mask alike, into tiles" in line
    assert "truncated" not in line


@pytest.mark.parametrize(
    "options",
    [
        {"metadata": None},
        {"metadata": None, "compression": "zlib"},
        {"metadata": {"axes": "ZYX"}},
        {"metadata": {"axes": "ZYX"}, "truncate": True},
        {"imagej": True, "metadata": {"axes": "ZYX"}},
        {"imagej": True, "metadata": {"axes": "ZYX"}, "truncate": True},
        {"ome": True, "metadata": {"axes": "ZYX"}},
    ],
)
def test_cut_short_is_never_fewer_slices(saved: Callable[..., Path], options: dict[str, Any]):
    path = saved(VOLUME[:3], **options)
    content = path.read_bytes()
    read, cuts = 0, range(0, len(content), len(content) // 20)
    for cut in cuts:
        path.write_bytes(content[:cut])
        try:
            assert np.array_equal(read_tiff(path).slices, VOLUME[:3])  # nothing but what is not needed may be missing
            read += 1
        except DataError as error:
            assert str(error).startswith(f"{path}: ")
    assert read <= len(cuts) // 2


# --- which images are slices


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"metadata": None},
        {"metadata": {"axes": "ZYX"}},
        {"metadata": {"axes": "ZYX"}, "truncate": True},
        {"imagej": True},  # tifffile then says channels, of which there cannot be ten
        {"imagej": True, "truncate": True},
        {"imagej": True, "metadata": {"axes": "ZYX"}, "truncate": True},
        {"ome": True, "metadata": {"axes": "ZYX"}},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"tile": (16, 16), "compression": "zlib", "predictor": True},
    ],
)
def test_every_slice_is_read(saved: Callable[..., Path], options: dict[str, Any]):
    path = saved(VOLUME, **options)
    assert np.array_equal(read_tiff(path).slices, VOLUME)
    assert tiff_header(path) == (((8, 6), 1, 16), 10)
    with pytest.raises(DataError, match="it holds 10 images; alseg data convert FROM --to DIR makes a data set"):
        read_header(path)


@pytest.mark.parametrize(
    ("axes", "values", "options", "says"),
    [
        ("ZCYX", STACK, {"imagej": True}, "it has 2 channels"),
        ("TYX", VOLUME, {"imagej": True}, "it has 10 time points"),
        ("TZYX", STACK, {"imagej": True}, "it has 10 time points"),
        ("CYX", STACK[0], {"imagej": True}, "it has 2 channels"),
        ("TCYX", STACK, {"imagej": True}, "it has 10 time points and 2 channels"),
        ("ZCYX", STACK, {"ome": True}, "it has 2 channels"),
        ("TYX", VOLUME, {"ome": True}, "it has 10 time points"),
        ("CYX", VOLUME, {}, "it has 10 channels"),
        ("PYX", VOLUME, {}, "it has 10 images along its axis P"),
        ("QQYX", STACK, {}, "it has 4 dimensions (10x2 images); a volume has 3"),
    ],
)
def test_channels_and_times_are_no_slices(
    saved: Callable[..., Path], axes: str, values: Any, options: dict[str, Any], says: str
):
    assert says in refused(saved(values, metadata={"axes": axes}, **options))


def test_several_images(tmp_path: Path):
    with tifffile.TiffWriter(tmp_path / "x.ome.tif") as file:
        for name in ("scan", "overview"):
            file.write(VOLUME[0], photometric="minisblack", metadata={"Name": name, "axes": "YX"})
    assert "it holds 2 images (scan, overview), or its pages differ" in refused(tmp_path / "x.ome.tif")


def test_smaller_copies_of_an_image_do_not_count(tmp_path: Path):
    path, options = tmp_path / "x.tif", {"photometric": "minisblack", "tile": (16, 16)}
    with tifffile.TiffWriter(path) as file:
        file.write(VOLUME[0], subifds=1, **options)
        file.write(VOLUME[0, ::2, ::2], subfiletype=1, **options)
    assert np.array_equal(read_tiff(path).slices, VOLUME[:1])
    with tifffile.TiffWriter(path) as file:
        file.write(VOLUME[0], metadata=None, **options)
        file.write(VOLUME[0, ::2, ::2], subfiletype=1, metadata=None, **options)
    assert np.array_equal(read_tiff(path).slices, VOLUME[:1])


def test_ome_that_names_another_file(saved: Callable[..., Path], tmp_path: Path):
    """The other file lies beside it and would be read: nothing in a file may name a path."""
    about = saved(VOLUME[:2], ome=True, metadata={"axes": "ZYX"})
    xml = tifffile.TiffFile(about).ome_metadata or ""
    start, end = xml.index("<TiffData"), xml.index("</Pixels>")
    planes = "".join(
        f'<TiffData FirstZ="{z}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{z}</UUID></TiffData>'
        for z, name in enumerate(("x.tif", "secret.tif"))
    )
    tifffile.imwrite(tmp_path / "secret.tif", VOLUME[1], photometric="minisblack", metadata=None)
    path = saved(VOLUME[0], description=xml[:start] + planes + xml[end:], metadata=None)
    assert "its OME metadata describe images that" in refused(path)


def test_pages_that_mean_different_things(tmp_path: Path):
    """tifffile looks at pages 1, 2, 8 and the last alone."""
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        for number, values in enumerate(VOLUME):
            white = "miniswhite" if number == 4 else "minisblack"
            file.write(values, photometric=white, metadata=None, contiguous=False)
    assert "its pages differ in size or depth, or in how they are stored" in refused(tmp_path / "x.tif")


def test_pages_with_different_palettes(tmp_path: Path):
    colours = np.zeros((3, 256), np.uint16)
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        for red in (0, 65535):
            colours[0, 1] = red
            file.write(np.ones((4, 4), np.uint8), photometric="palette", colormap=colours, metadata=None)
    assert "its pages have different palettes" in refused(tmp_path / "x.tif")


# --- the size of a pixel


@pytest.mark.parametrize(
    ("options", "spacing", "distance"),
    [
        ({"resolution": (300, 300)}, None, None),
        ({"resolution": (300, 300), "resolutionunit": "CENTIMETER"}, None, None),
        ({"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX"}}, None, None),
        ({"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "unit": "inch"}}, None, None),
        ({"imagej": True, "metadata": {"axes": "ZYX", "unit": "mm"}}, None, None),  # nobody has set it
        ({"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "unit": "mm"}}, (0.25, 0.5), None),
        ({"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "unit": "cm", "spacing": 3}}, (2.5, 5), 30),
        (
            {"imagej": True, "resolution": (2, 4), "metadata": {"axes": "ZYX", "unit": "\\u00B5m"}},
            (0.00025, 0.0005),
            None,
        ),
        ({"ome": True, "metadata": {"axes": "ZYX"}}, None, None),
        (
            {
                "ome": True,
                "metadata": {"axes": "ZYX", "PhysicalSizeX": 500, "PhysicalSizeY": 250, "PhysicalSizeZ": 2000},
            },
            (0.25, 0.5),
            2,
        ),
        (
            {
                "ome": True,
                "metadata": {"axes": "ZYX", "PhysicalSizeX": 5, "PhysicalSizeXUnit": "mm", "PhysicalSizeY": 4},
            },
            (0.004, 5),
            None,
        ),
        (
            {
                "ome": True,
                "metadata": {"axes": "ZYX", "PhysicalSizeX": 5, "PhysicalSizeXUnit": "pixel", "PhysicalSizeY": 4},
            },
            None,
            None,
        ),
    ],
)
def test_spacing(
    saved: Callable[..., Path], options: dict[str, Any], spacing: tuple[float, float] | None, distance: float | None
):
    stack = read_tiff(saved(VOLUME, **options))
    assert stack.spacing == (None if spacing is None else pytest.approx(spacing))
    assert stack.distance == (None if distance is None else pytest.approx(distance))
