"""Grey DICOM: depth and sign in every transfer syntax, tables, odd headers, claims larger than the file; values by hand."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import imagecodecs as _imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.sequence import Sequence
from pydicom.uid import (
    HTJ2K,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.kind import kind_of
from alseg.data.formats.read import read
from alseg.errors import DataError
from tests.helpers.medical_files import coded

imagecodecs: Any = _imagecodecs


def run_lengths(pixels: np.ndarray, bits: int) -> bytes:
    return RLELosslessEncoder.encode(
        pixels,
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        samples_per_pixel=1,
        bits_allocated=8 * pixels.itemsize,
        bits_stored=bits,
        pixel_representation=int(pixels.dtype.kind == "i"),
        photometric_interpretation="MONOCHROME2",
        number_of_frames=1,
    )


def lossless_jpeg(pixels: np.ndarray, bits: int) -> bytes:
    """Which knows no sign: bits beyond those stored are left out."""
    unsigned = pixels.view(f"u{pixels.itemsize}") & (2**bits - 1)
    return imagecodecs.jpeg8_encode(
        unsigned.astype(pixels.dtype.str.replace("i", "u")), lossless=True, bitspersample=bits
    )


def jpeg_ls(pixels: np.ndarray, bits: int) -> bytes:
    return imagecodecs.jpegls_encode(pixels.view(f"u{pixels.itemsize}"))


def jpeg_2000(pixels: np.ndarray, bits: int) -> bytes:
    return imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0)


def high_throughput(pixels: np.ndarray, bits: int) -> bytes:
    if not hasattr(imagecodecs, "htj2k_encode"):
        pytest.skip("imagecodecs for Python 3.10 has no HTJ2K")
    return imagecodecs.htj2k_encode(pixels, reversible=True)


SYNTAXES: dict[str, tuple[UID, Any]] = {
    "implicit": (ImplicitVRLittleEndian, None),
    "explicit": (ExplicitVRLittleEndian, None),
    "big": (ExplicitVRBigEndian, None),
    "deflated": (DeflatedExplicitVRLittleEndian, None),
    "RLE": (RLELossless, run_lengths),
    "JPEG lossless": (JPEGLossless, lossless_jpeg),
    "JPEG lossless SV1": (JPEGLosslessSV1, lossless_jpeg),
    "JPEG-LS": (JPEGLSLossless, jpeg_ls),
    "JPEG 2000": (JPEG2000Lossless, jpeg_2000),
    "HTJ2K lossless": (HTJ2KLossless, high_throughput),
    "HTJ2K": (HTJ2K, high_throughput),
}
DEPTHS: dict[str, tuple[str, int, list[int]]] = {
    "8": ("u1", 8, [0, 1, 128, 255]),
    "12": ("u2", 12, [0, 1, 2048, 4095]),
    "16": ("u2", 16, [0, 1, 32768, 65535]),
    "12 signed": ("i2", 12, [-2048, -1, 0, 2047]),
    "16 signed": ("i2", 16, [-32768, -1, 0, 32767]),
}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("how", SYNTAXES)
def test_depth_and_sign(tmp_path: Path, how: str, depth: str):
    (syntax, encode), (kind, bits, values) = SYNTAXES[how], DEPTHS[depth]
    pixels = np.array(values, kind).repeat(8)[None].repeat(8, 0)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    data = pixels.astype(order + kind).tobytes() if encode is None else [bytes(encode(pixels, bits))]
    path = coded(
        tmp_path / "x.dcm", data, pixels.shape, "MONOCHROME2", syntax, (bits, 8 * pixels.itemsize), kind[0] == "i"
    )
    (found,) = read_dicom(path).slices
    assert found.dtype == (np.uint8 if depth == "8" else np.float32)
    assert (found == pixels).all()
    assert (read_dicom(path, stored=True).slices[0] == pixels).all()


def test_twelve_bits_of_lossy_jpeg(tmp_path: Path):
    pixels = np.array([[0, 1000, 2000, 4000]], np.uint16).repeat(8, 1).repeat(8, 0)
    frame = bytes(imagecodecs.jpeg8_encode(pixels, 98, bitspersample=12))
    path = coded(tmp_path / "x.dcm", [frame], pixels.shape, "MONOCHROME2", JPEGExtended12Bit, (12, 16))
    assert np.abs(read_dicom(path).slices[0] - pixels).max() <= 4


@pytest.mark.parametrize(("signed", "values"), [(False, [0, 5, 4095, 100]), (True, [0, 5, -1, 100])])
@pytest.mark.parametrize("compressed", [False, True])
def test_garbage_in_bits_that_are_not_stored(tmp_path: Path, signed: bool, values: list[int], compressed: bool):
    """Such as overlays, which old files keep there."""
    pixels = np.array([[0x1000, 0xF005, 0x3FFF, 0x8064]], np.uint16)
    data = [run_lengths(pixels, 16)] if compressed else pixels.tobytes()
    syntax = RLELossless if compressed else ExplicitVRLittleEndian
    path = coded(tmp_path / "x.dcm", data, (1, 4), "MONOCHROME2", syntax, (12, 16), signed)
    assert read_dicom(path).slices.tolist() == [[values]]


def test_values_that_end_above_the_lowest_bit(tmp_path: Path):
    pixels = (np.array([[1, 4095]], np.uint16) << 4) | 7
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 2), "MONOCHROME2", bits=(12, 16), HighBit=15)
    assert read_dicom(path).slices.tolist() == [[[1, 4095]]]


def test_masks_keep_what_is_stored(tmp_path: Path):
    pixels = np.array([[0, 1, 3]], np.uint8)
    for photometric, tags in (("MONOCHROME1", {}), ("MONOCHROME2", {"RescaleSlope": 1, "RescaleIntercept": -1024})):
        path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 3), photometric, **tags)
        assert read_dicom(path, stored=True).slices.tolist() == [[[0, 1, 3]]]
    one = coded(tmp_path / "1.dcm", b"\x06\x00", (1, 3), "MONOCHROME1", bits=(1, 1))
    assert read_dicom(one, stored=True).slices.tolist() == read_dicom(one).slices.tolist() == [[[True, False, False]]]
    either = coded(tmp_path / "e.dcm", b"\0\377", (1, 2), "MONOCHROME1")
    with pytest.raises(DataError, match="it holds 0 and 255 with white as zero .* save it as MONOCHROME2"):
        read_dicom(either, stored=True)


@pytest.mark.parametrize("name", ["FloatPixelData", "DoubleFloatPixelData"])
def test_real_numbers(tmp_path: Path, name: str):
    path = coded(tmp_path / "x.dcm", b"\0\0\0\0", (1, 2), "MONOCHROME2", bits=(16, 16))
    file = pydicom.dcmread(path)
    for unused in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(file, unused)
    kind = "<f4" if name == "FloatPixelData" else "<f8"
    file.BitsAllocated = 8 * np.dtype(kind).itemsize
    setattr(file, name, np.array([-0.5, 3.25], kind).tobytes())
    file.save_as(path)
    assert read_dicom(path).slices.tolist() == [[[-0.5, 3.25]]]


# --- the modality's values


def modality_table(first: int, bits: int, values: list[int], as_bytes: bool = False) -> Sequence:
    table = Dataset()
    table.LUTDescriptor = [len(values), first, bits]
    table.ModalityLUTType = "US"
    table.add_new("LUTData", "OW" if as_bytes else "US", np.array(values, "<u2").tobytes() if as_bytes else values)
    return Sequence([table])


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_modality_lookup_table(tmp_path: Path, as_bytes: bool):
    """Below its first value the first entry, beyond its last the last; MONOCHROME1 turns the entries around, not the index."""
    pixels = np.array([[0, 9, 10, 11, 12, 60000]], np.uint16)
    tags = {"ModalityLUTSequence": modality_table(10, 16, [100, 500, 65535], as_bytes)}
    grey = coded(tmp_path / "2.dcm", pixels.tobytes(), (1, 6), "MONOCHROME2", bits=(16, 16), **tags)
    assert read_dicom(grey).slices.tolist() == [[[100, 100, 100, 500, 65535, 65535]]]
    white = coded(tmp_path / "1.dcm", pixels.tobytes(), (1, 6), "MONOCHROME1", bits=(16, 16), **tags)
    assert read_dicom(white).slices.tolist() == [[[65435, 65435, 65435, 65035, 0, 0]]]


def test_a_modality_lookup_table_below_zero(tmp_path: Path):
    pixels = np.array([[-3, -2, -1, 5]], np.int16)
    tags = {"ModalityLUTSequence": modality_table(65536 - 2, 16, [7, 8, 9])}
    tags["ModalityLUTSequence"][0].add_new("LUTDescriptor", "SS", [3, -2, 16])
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 4), "MONOCHROME2", bits=(16, 16), signed=True, **tags)
    assert read_dicom(path).slices.tolist() == [[[7, 7, 8, 9]]]


def test_windows_and_voi_tables_are_left_to_the_user(tmp_path: Path):
    tags = {"WindowCenter": 1, "WindowWidth": 2, "VOILUTSequence": modality_table(0, 8, [200, 100])}
    path = coded(tmp_path / "x.dcm", b"\0\1", (1, 2), "MONOCHROME2", **tags)
    assert read_dicom(path).slices.tolist() == [[[0, 1]]]


def test_doses_are_in_the_unit_of_their_grid(tmp_path: Path):
    pixels = np.array([[0, 1000000]], "<u4")
    path = coded(tmp_path / "x.dcm", pixels.tobytes(), (1, 2), "MONOCHROME2", bits=(32, 32), DoseGridScaling="1e-6")
    assert read_dicom(path).slices == pytest.approx(np.array([[[0, 1]]]))


def test_overlays_and_icons_are_no_pixels(tmp_path: Path):
    icon = Dataset()
    icon.Rows = icon.Columns = 1
    icon.BitsAllocated = 8
    icon.PixelData = b"\7\0"
    path = coded(tmp_path / "x.dcm", b"\1\2", (1, 2), "MONOCHROME2", IconImageSequence=Sequence([icon]))
    file = pydicom.dcmread(path)
    file.add_new(0x60000010, "US", 1)
    file.add_new(0x60000011, "US", 2)
    file.add_new(0x60003000, "OW", b"\3\0")
    file.save_as(path)
    assert read_dicom(path).slices.tolist() == [[[1, 2]]]
    del file.PixelData
    file.save_as(path)
    with pytest.raises(DataError, match=r"1x2 pixels \(Secondary Capture Image Storage\), and the file holds none"):
        read_dicom(path)


# --- files that are written otherwise


@pytest.mark.parametrize("with_meta", [False, True])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian], ids=["implicit", "explicit"])
def test_files_without_a_preamble(tmp_path: Path, syntax: UID, with_meta: bool):
    path = coded(tmp_path / "IM7", b"\1\2", (1, 2), "MONOCHROME2", syntax)
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 140)
    path.write_bytes(content[132 if with_meta else 144 + length :])
    assert kind_of(path) == "DICOM file"
    assert read(path).slices.tolist() == [[[1, 2]]]


def test_more_frames_than_stated(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    frames = [bytes(imagecodecs.jpegls_encode(np.full((4, 4), i, np.uint8))) for i in range(3)]
    none = coded(tmp_path / "none.dcm", frames, (4, 4), "MONOCHROME2", JPEGLSLossless)
    assert read_dicom(none).slices[:, 0, 0].tolist() == [0, 1, 2]
    assert not caplog.records
    two = coded(tmp_path / "two.dcm", frames, (4, 4), "MONOCHROME2", JPEGLSLossless, NumberOfFrames=2)
    assert read_dicom(two).slices[:, 0, 0].tolist() == [0, 1]
    assert "it states 2 frames and holds 3; those stated are read" in caplog.text
    native = coded(tmp_path / "native.dcm", bytes(range(48)), (4, 4), "MONOCHROME2", NumberOfFrames=1)
    assert read_dicom(native).slices.shape == (1, 4, 4)
    assert "it states 1 frames and has room for 3; those stated are read" in caplog.text


# --- claims

WHOLE = bytes(imagecodecs.jpegls_encode(np.arange(256, dtype=np.uint8).reshape(16, 16)))
J2K = bytes(imagecodecs.jpeg2k_encode(np.arange(256, dtype=np.uint8).reshape(16, 16), codecformat="j2k", level=0))
HUGE = J2K[:8] + struct.pack(">2I", 60000, 60000) + J2K[16:24] + struct.pack(">2I", 60000, 60000) + J2K[32:]
LARGE = {"Rows": 60000, "Columns": 60000}
CLAIMS: dict[str, tuple[Any, UID, dict[str, Any], str]] = {
    "rows": (b"\0" * 256, ExplicitVRLittleEndian, LARGE, "of 60000x60000 pixels, 3,600,000,000 bytes, and the file holds 256"),
    "frames": (b"\0" * 256, ExplicitVRLittleEndian, {"NumberOfFrames": 2**31 - 1}, "2147483647 frames of 16x16 pixels"),
    "no rows": (b"\0" * 256, ExplicitVRLittleEndian, {"Rows": 0}, "each must be 1 or more"),
    "negative frames": (b"\0" * 256, ExplicitVRLittleEndian, {"NumberOfFrames": -2}, "each must be 1 or more"),
    "no pixels": (b"", ExplicitVRLittleEndian, {}, "its header tells of 16x16 pixels .* and the file holds none"),
    "compressed rows": ([WHOLE], JPEGLSLossless, {"Rows": 60}, "have 16x16 pixels of 1 value and its header states 60x16"),
    "compressed frames": ([WHOLE], JPEGLSLossless, {"NumberOfFrames": 10**6}, "and the file holds 1 compressed"),
    "huge": ([HUGE], JPEG2000Lossless, LARGE, "no image compresses so far"),
    "run lengths": ([b"\1" + b"\0" * 199], RLELossless, LARGE, "no image compresses so far"),
    "truncated JPEG-LS": ([WHOLE[:-40]], JPEGLSLossless, {}, "its compressed pixels end too early"),
    "truncated run lengths": (
        [run_lengths(np.arange(256, dtype=np.uint8).reshape(16, 16), 8)[:-50]],
        RLELossless,
        {},
        "its pixels cannot be decoded from RLE",
    ),
    "truncated JPEG 2000": ([J2K[:-100]], JPEG2000Lossless, {}, "its pixels cannot be decoded from JPEG 2000"),
    "no codestream": ([b"hello world, this is no image at all"], JPEGLSLossless, {}, "do not start as those of its transfer"),
    "other codestream": ([J2K], JPEGLSLossless, {}, "its pixels cannot be decoded from JPEG-LS"),
    "video": ([b"\0" * 64], UID("1.2.840.10008.1.2.4.100"), {}, "MPEG2 .* which cannot be read here; save it uncompressed"),
    "slope": (b"\0" * 256, ExplicitVRLittleEndian, {"RescaleSlope": "nan"}, "its rescale slope and intercept are nan and 0"),
    "tiles": (
        b"\0" * 512,
        ExplicitVRLittleEndian,
        {"NumberOfFrames": 2, "TotalPixelMatrixColumns": 32, "TotalPixelMatrixRows": 16},
        "its 2 frames are tiles of one picture of 16x32 pixels",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CLAIMS)
@pytest.mark.filterwarnings("ignore")
def test_headers_that_claim_too_much_cost_neither_memory_nor_time(tmp_path: Path, case: str):
    pixels, syntax, tags, message = CLAIMS[case]
    path = coded(tmp_path / "x.dcm", pixels, (16, 16), "MONOCHROME2", syntax, **tags)
    started = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(DataError, match=message) as caught:
        read_dicom(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**26
    assert time.perf_counter() - started < 5
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert not str(caught.value).endswith("...")


@pytest.mark.parametrize(
    "name",
    ["Rows", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "PixelRepresentation"],
)
def test_missing_attributes_are_named(tmp_path: Path, name: str):
    path = coded(tmp_path / "x.dcm", b"\1\2", (1, 2), "MONOCHROME2")
    file = pydicom.dcmread(path)
    delattr(file, name)
    file.save_as(path)
    with pytest.raises(DataError, match=rf"x\.dcm: it does not state {name}, without which"):
        read_dicom(path)


def test_a_long_reason_leaves_the_remedy_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def failing(*_: Any, **__: Any) -> None:
        raise RuntimeError("a reason\n" * 100)

    path = coded(tmp_path / "x.dcm", [WHOLE], (16, 16), "MONOCHROME2", JPEGLSLossless)
    monkeypatch.setattr(imagecodecs, "jpegls_decode", failing)
    with pytest.raises(
        DataError, match=r" \.\.\.\); copy it again, or save it uncompressed by another program"
    ) as caught:
        read_dicom(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", [8, 20, 200])
@pytest.mark.parametrize("compressed", [False, True])
def test_truncated_files_are_called_so(tmp_path: Path, missing: int, compressed: bool):
    pixels = [WHOLE, WHOLE] if compressed else bytes(512)
    syntax = JPEGLSLossless if compressed else ExplicitVRLittleEndian
    path = coded(tmp_path / "x.dcm", pixels, (16, 16), "MONOCHROME2", syntax, NumberOfFrames=2)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(DataError, match="truncated, copy it again"):
        read_dicom(path)


def test_a_deflated_file_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("alseg.data.formats.tags.ROOM", 2**22)
    path = coded(tmp_path / "x.dcm", b"\1\2", (1, 2), "MONOCHROME2", DeflatedExplicitVRLittleEndian)
    assert read_dicom(path).slices.tolist() == [[[1, 2]]]
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 140)
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = deflate.compress(b"\0" * 2**24) + deflate.flush()
    path.write_bytes(content[: 144 + length] + bomb)
    with pytest.raises(DataError, match="it is deflated from more than 4,194,304 bytes, as no image is"):
        read_dicom(path)
