"""Every colour of DICOM in every transfer syntax that can be written here, against the colours that went in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs as _imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from alseg.data.formats.dicom import read_dicom
from alseg.errors import DataError
from tests.helpers.medical_files import coded

imagecodecs: Any = _imagecodecs

COLOURS = np.array([[(200, 50, 20), (0, 255, 0)], [(10, 20, 230), (255, 255, 255)]], np.uint8)
RGB = COLOURS.repeat(16, 0).repeat(16, 1)
SHAPE = RGB.shape


def ybr(rgb: np.ndarray) -> np.ndarray:
    """By the formulas of the standard, PS3.3 C.7.6.3.1.2."""
    r, g, b = np.moveaxis(rgb.astype(float), -1, 0)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return np.rint(np.stack([y, (b - y) / 1.772 + 128, (r - y) / 1.402 + 128], -1)).clip(0, 255).astype(np.uint8)


def partial(rgb: np.ndarray) -> np.ndarray:
    """Luminance from 16 to 235, chrominance from 16 to 240."""
    r, g, b = np.moveaxis(rgb.astype(float), -1, 0)
    y = 0.2568 * r + 0.5041 * g + 0.0979 * b + 16
    cb = -0.1482 * r - 0.2910 * g + 0.4392 * b + 128
    cr = 0.4392 * r - 0.3678 * g - 0.0714 * b + 128
    return np.rint(np.stack([y, cb, cr], -1)).astype(np.uint8)


def halved(colours: np.ndarray) -> bytes:
    """Two luminances, then the chrominance that they share."""
    pairs = colours.reshape(-1, 2, 3)
    return np.concatenate([pairs[:, :, 0], pairs[:, 0, 1:]], axis=1).tobytes()


def planes(colours: np.ndarray) -> bytes:
    return np.moveaxis(colours, -1, 0).tobytes()


def read(path: Path) -> np.ndarray:
    (pixels,) = read_dicom(path).slices
    assert pixels.dtype == np.uint8
    return pixels.astype(int)


NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
UNCOMPRESSED: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "RGB": ("RGB", RGB.tobytes(), {}),
    "RGB by planes": ("RGB", planes(RGB), {"PlanarConfiguration": 1}),
    "YBR_FULL": ("YBR_FULL", ybr(RGB).tobytes(), {}),
    "YBR_FULL by planes": ("YBR_FULL", planes(ybr(RGB)), {"PlanarConfiguration": 1}),
    "YBR_FULL_422": ("YBR_FULL_422", halved(ybr(RGB)), {}),
    "YBR_PARTIAL_422": ("YBR_PARTIAL_422", halved(partial(RGB)), {}),
}


@pytest.mark.parametrize("syntax", NATIVE, ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("how", UNCOMPRESSED)
def test_uncompressed(tmp_path: Path, how: str, syntax: UID):
    photometric, pixels, tags = UNCOMPRESSED[how]
    found = read(coded(tmp_path / "x.dcm", pixels, SHAPE, photometric, syntax, **tags))
    assert np.abs(found - RGB).max() <= 2


def compressed(photometric: str, encode: Callable[[np.ndarray], bytes]) -> tuple[str, bytes]:
    return photometric, bytes(encode(ybr(RGB) if photometric.startswith("YBR_FULL") else RGB))


def named(source: bytes, names: bytes, frame: bytes = b"\xff\xc0") -> bytes:
    """Its components called otherwise."""
    for marker, first, step in ((frame, 10, 3), (b"\xff\xda", 5, 2)):
        start = source.index(marker)
        for i, name in enumerate(names):
            place = start + first + step * i
            source = source[:place] + bytes([name]) + source[place + 1 :]
    return source


def lossless_jpeg(pixels: np.ndarray) -> bytes:
    return named(bytes(imagecodecs.jpeg8_encode(pixels, lossless=True, predictor=1)), bytes((1, 2, 3)), b"\xff\xc3")


def jpeg_2000(**options: Any) -> Callable[[np.ndarray], bytes]:
    return lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", **options)


def high_throughput(**options: Any) -> Callable[[np.ndarray], bytes]:
    return lambda pixels: imagecodecs.htj2k_encode(pixels, **options)


def run_lengths(pixels: np.ndarray) -> bytes:
    return RLELosslessEncoder.encode(
        pixels,
        rows=SHAPE[0],
        columns=SHAPE[1],
        samples_per_pixel=3,
        bits_allocated=8,
        bits_stored=8,
        pixel_representation=0,
        photometric_interpretation="RGB",
        number_of_frames=1,
        planar_configuration=0,
    )


REVERSIBLE = jpeg_2000(reversible=True, level=0)
COMPRESSED = {
    "RLE": (RLELossless, *compressed("RGB", run_lengths)),
    "RLE of YBR": (RLELossless, *compressed("YBR_FULL", run_lengths)),
    "JPEG lossless": (JPEGLossless, *compressed("RGB", lossless_jpeg)),
    "JPEG lossless SV1 of YBR": (JPEGLosslessSV1, *compressed("YBR_FULL", lossless_jpeg)),
    "JPEG-LS": (JPEGLSLossless, *compressed("RGB", imagecodecs.jpegls_encode)),
    "JPEG-LS of YBR": (JPEGLSLossless, *compressed("YBR_FULL", imagecodecs.jpegls_encode)),
    "JPEG-LS near": (JPEGLSNearLossless, *compressed("RGB", lambda x: imagecodecs.jpegls_encode(x, 2))),
    "JPEG 2000 RCT": (JPEG2000Lossless, *compressed("YBR_RCT", REVERSIBLE)),
    "JPEG 2000 RCT called RGB": (JPEG2000Lossless, *compressed("RGB", REVERSIBLE)),
    "JPEG 2000 ICT": (JPEG2000, *compressed("YBR_ICT", jpeg_2000(reversible=False, level=60))),
    "JPEG 2000 without transform": (
        JPEG2000Lossless,
        *compressed("RGB", jpeg_2000(reversible=True, level=0, mct=False)),
    ),
    "JPEG 2000 of YBR": (JPEG2000Lossless, *compressed("YBR_FULL", jpeg_2000(reversible=True, level=0, mct=False))),
}
if hasattr(imagecodecs, "htj2k_encode"):  # the last one for Python 3.10 has none
    COMPRESSED |= {
        "HTJ2K": (HTJ2KLossless, *compressed("YBR_RCT", high_throughput(reversible=True))),
        "HTJ2K RPCL": (HTJ2KLosslessRPCL, *compressed("RGB", high_throughput(reversible=True, rgb=False))),
        "HTJ2K lossy": (HTJ2K, *compressed("YBR_ICT", high_throughput(reversible=False, level=0.001))),
    }


@pytest.mark.parametrize("how", COMPRESSED)
def test_compressed(tmp_path: Path, how: str):
    syntax, photometric, frame = COMPRESSED[how]
    found = read(coded(tmp_path / "x.dcm", [frame], SHAPE, photometric, syntax))
    assert np.abs(found - RGB).max() <= 3


def jpeg(space: str = "YCBCR", subsampling: str = "444") -> bytes:
    """With a JFIF marker if its colours are YCbCr, an Adobe marker of transform 0 if they are RGB."""
    return bytes(
        imagecodecs.jpeg8_encode(RGB, level=98, colorspace="RGB", outcolorspace=space, subsampling=subsampling)
    )


def stripped(source: bytes, instead: bytes = b"") -> bytes:
    """Without markers that tell the colours."""
    at, kept = 2, source[:2] + instead
    while source[at + 1] != 0xDA:
        length = 2 + int.from_bytes(source[at + 2 : at + 4], "big")
        if source[at + 1] not in (0xE0, 0xEE):
            kept += source[at : at + length]
        at += length
    return kept + source[at:]


ADOBE_YCC = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01"
MARKED = {
    "YBR_FULL_422, JFIF": ("YBR_FULL_422", jpeg()),
    "YBR_FULL, JFIF": ("YBR_FULL", jpeg()),
    "YBR_FULL_422, halved": ("YBR_FULL_422", jpeg(subsampling="422")),
    "YBR_FULL_422, no marker": ("YBR_FULL_422", stripped(jpeg())),
    "YBR_FULL_422, Adobe of YCbCr": ("YBR_FULL_422", stripped(jpeg(), ADOBE_YCC)),
    "YBR_FULL, letters R, G, B": ("YBR_FULL", named(stripped(jpeg("RGB")), b"RGB")),
    "RGB, Adobe of RGB": ("RGB", jpeg("RGB")),
    "RGB, no marker": ("RGB", stripped(jpeg("RGB"))),
    "RGB, letters": ("RGB", named(stripped(jpeg("RGB")), b"RGB")),
    "RGB, but JFIF": ("RGB", jpeg()),
    "RGB, but Adobe of YCbCr": ("RGB", stripped(jpeg(), ADOBE_YCC)),
    "RGB, but chrominance halved": ("RGB", stripped(jpeg(subsampling="422"))),
}


@pytest.mark.parametrize("how", MARKED)
def test_jpeg_with_any_marker_and_any_name_of_its_colours(tmp_path: Path, how: str):
    photometric, frame = MARKED[how]
    found = read(coded(tmp_path / "x.dcm", [frame], SHAPE, photometric, JPEGBaseline8Bit))
    inside = np.s_[4:12, 4:12]  # chrominance of half the width bleeds over edges
    assert np.abs(found[inside] - RGB[inside]).max() <= 4
    assert np.abs(found[4:12, 20:28] - RGB[4:12, 20:28]).max() <= 4


def test_frames_are_converted_once_each(tmp_path: Path):
    frames = [stripped(jpeg())] * 3
    path = coded(tmp_path / "x.dcm", frames, SHAPE, "YBR_FULL_422", JPEGBaseline8Bit, NumberOfFrames=3)
    found = read_dicom(path).slices
    assert found.shape == (3, *SHAPE)
    assert np.abs(found.astype(int) - RGB).max() <= 4


@pytest.mark.parametrize(("stored", "allocated"), [(16, 16), (12, 16), (32, 32), (6, 8)])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=["little", "big"])
def test_colours_of_other_depths_come_as_eight_bits(tmp_path: Path, stored: int, allocated: int, syntax: UID):
    full = 2**stored - 1
    pixels = np.array([[[0, full, full // 2]]], "<>"[syntax == ExplicitVRBigEndian] + f"u{allocated // 8}")
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 1, 3), "RGB", syntax, (stored, allocated))
    assert read(path).tolist() == [[[0, 255, round(255 * (full // 2) / full)]]]


def test_sixteen_bits_of_jpeg_2000(tmp_path: Path):
    pixels = np.full((4, 4, 3), (65535, 0, 257 * 77), np.uint16)
    frame = bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0))
    path = coded(tmp_path / "x.dcm", [frame], pixels.shape, "YBR_RCT", JPEG2000Lossless, (16, 16))
    assert (read(path) == (255, 0, 77)).all()


# --- palettes


def palette(bits: int, *columns: Any, first: int = 0, segmented: bool = False, width: str = "") -> dict[str, Any]:
    """Red, green and blue."""
    found: dict[str, Any] = {}
    for name, column in zip(("Red", "Green", "Blue"), columns):
        number = 4 if segmented else len(column)
        found[f"{name}PaletteColorLookupTableDescriptor"] = [number % 2**16, first, bits]
        kind = width or {8: "u1", 16: "<u2"}[bits]
        found[f"{'Segmented' * segmented}{name}PaletteColorLookupTableData"] = np.array(column, kind).tobytes()
    return found


RED, GREEN, BLUE = [10, 20, 30, 40], [1, 2, 3, 4], [255, 254, 253, 252]
HIGH = [[value << 8 for value in column] for column in (RED, GREEN, BLUE)]
LINE = [[1, 4, 40], [0, 1, 10, 1, 3, 40]]
PALETTES: dict[str, dict[str, Any]] = {
    "8 bits": palette(8, RED, GREEN, BLUE),
    "16 bits": palette(16, *HIGH),
    "16 bits that use 8": palette(16, RED, GREEN, BLUE),
    "8 bits in words": palette(8, RED, GREEN, BLUE, width="<u2"),
    "segments": palette(
        16,
        [0, 1, HIGH[0][0], 1, 3, HIGH[0][3]],
        [0, 4, *HIGH[1]],
        [0, 2, *HIGH[2][:2], 0, 2, *HIGH[2][2:]],
        segmented=True,
    ),
    "segments of 8 bits": palette(8, [0, 1, 10, 1, 3, 40], [0, 4, *GREEN], [0, 1, 255, 1, 3, 252], segmented=True),
}


@pytest.mark.parametrize("how", PALETTES)
@pytest.mark.parametrize("kind", ["u1", "<u2"])
def test_palettes(tmp_path: Path, how: str, kind: str):
    pixels, bits = np.array([[0, 1, 2, 3, 200]], kind), 8 * np.dtype(kind).itemsize
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 5), "PALETTE COLOR", bits=(bits, bits), **PALETTES[how])
    colours = list(zip(RED, GREEN, BLUE))
    assert read(path).tolist() == [[list(colour) for colour in (*colours, colours[-1])]]  # beyond its end the last


def test_a_palette_of_more_entries_than_eight_bits_count(tmp_path: Path):
    """pydicom's own lookup wraps around at 256."""
    columns = [np.arange(1000) % 251, np.arange(1000) // 4, np.full(1000, 9)]
    pixels = np.array([[0, 299, 999]], "<u2")
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 3), "PALETTE COLOR", bits=(16, 16), **palette(8, *columns))
    assert read(path).tolist() == [[[0, 0, 9], [48, 74, 9], [246, 249, 9]]]


def test_a_palette_that_starts_below_zero(tmp_path: Path):
    pixels = np.array([[-2, -1, 0, 1, -9]], "i1")
    tags = palette(8, RED, GREEN, BLUE, first=-2)
    path = tmp_path / "x.dcm"
    coded(path, pixels.tobytes(), (1, 5), "PALETTE COLOR", signed=True, **tags)
    assert read(path)[0, :, 0].tolist() == [10, 20, 30, 40, 10]


def test_a_grey_palette_is_grey(tmp_path: Path):
    pixels = np.array([[0, 3]], "u1")
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 2), "PALETTE COLOR", **palette(8, RED, RED, RED))
    assert read(path).tolist() == [[10, 40]]


def test_an_indirect_segment_repeats_earlier_ones(tmp_path: Path):
    """Of the first two segments, which start at byte 0: [10], and a line from what stands before to 40."""
    column = [0, 1, 10, 1, 3, 40, 2, 2, 0, 0]
    tags = palette(16, column, column, column, segmented=True) | {
        f"{name}PaletteColorLookupTableDescriptor": [8, 0, 16] for name in ("Red", "Green", "Blue")
    }
    pixels = np.arange(8, dtype=np.uint8)[None]
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 8), "PALETTE COLOR", **tags)
    assert read(path).tolist() == [[10, 20, 30, 40, 10, 20, 30, 40]]


# --- refused


UNREADABLE = {
    "HSV": ("HSV", {}, "its photometric interpretation is HSV; those that can be read are MONOCHROME1"),
    "RCT": ("YBR_RCT", {}, "YBR_RCT are colours of JPEG 2000, and it is coded as Explicit VR Little Endian"),
    "grey": ("MONOCHROME2", {}, "it states MONOCHROME2 and 3 values per pixel, which contradict each other"),
    "no palette": ("PALETTE COLOR", {"SamplesPerPixel": 1}, "is PALETTE COLOR, and it holds no palette"),
    "short palette": (
        "PALETTE COLOR",
        {"SamplesPerPixel": 1} | palette(8, RED, GREEN, BLUE) | {"RedPaletteColorLookupTableDescriptor": [99, 0, 8]},
        "a lookup table has 4 entries and states 99",
    ),
    "no blue": ("PALETTE COLOR", {"SamplesPerPixel": 1} | palette(8, RED, GREEN), "its palette lacks blue"),
    "no segments": (
        "PALETTE COLOR",
        {"SamplesPerPixel": 1} | palette(16, [7, 7, 7], RED, RED, segmented=True),
        "its segmented palette cannot be read",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_colours_that_cannot_be_read(tmp_path: Path, case: str):
    photometric, tags, message = UNREADABLE[case]
    path = coded(tmp_path / "x.dcm", RGB.tobytes(), SHAPE, photometric, **tags)
    with pytest.raises(DataError, match=message) as caught:
        read_dicom(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_nothing_is_said_by_pydicom(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
):
    """It warns of the wrong name of the colours, and logs the traceback of a decoder that fails."""
    read_dicom(coded(tmp_path / "a.dcm", [jpeg()], SHAPE, "RGB", JPEGBaseline8Bit))
    with pytest.raises(DataError, match="its compressed pixels end too early"):
        read_dicom(coded(tmp_path / "b.dcm", [jpeg()[:-90]], SHAPE, "RGB", JPEGBaseline8Bit))
    assert not recwarn.list
    assert capfd.readouterr().err == ""
    assert pydicom.dcmread(tmp_path / "a.dcm").PhotometricInterpretation == "RGB"
