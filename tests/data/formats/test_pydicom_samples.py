"""The sample files in pydicom's wheel: each is read, with values that another way gives too, or refused in one line."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pydicom
import pytest

from alseg.data.formats.read import read
from alseg.errors import DataError

SAMPLES = Path(pydicom.__file__).parent / "data/test_files"
EVERY = sorted(
    path
    for path in SAMPLES.rglob("*")
    if path.suffix in ("", ".dcm") and path.is_file() and "." not in path.parent.name
)

LIKE = {  # stored or coded otherwise, and the same to a tolerance
    "MR_small_RLE": ("MR_small", 0),
    "MR_small_bigendian": ("MR_small", 0),
    "MR_small_expb": ("MR_small", 0),
    "MR_small_implicit": ("MR_small", 0),
    "MR_small_jp2klossless": ("MR_small", 0),
    "MR_small_jpeg_ls_lossless": ("MR_small", 0),
    "MR_small_padded": ("MR_small", 0),
    "JPGExtended": ("JPEG-lossy", 0),
    "liver_expb_1frame": ("liver_1frame", 0),
    "rtdose_expb": ("rtdose", 0),
    "rtdose_rle": ("rtdose", 0),
    "rtdose_rle_1frame": ("rtdose_1frame", 0),
    "SC_rgb_jpeg": ("SC_rgb_jpeg_dcmd", 1),
    "SC_jpeg_no_color_transform": ("SC_rgb_jpeg_dcmd", 1),
    "SC_rgb_rle_16bit": ("SC_rgb_rle", 0),
    "SC_rgb_rle_32bit": ("SC_rgb_rle", 0),
    "SC_rgb_jpeg_gdcm": ("SC_rgb_rle", 0),
    "SC_rgb_gdcm_KY": ("SC_rgb_rle", 0),
    "SC_rgb_small_odd_big_endian": ("SC_rgb_small_odd", 0),
}  # fmt: skip
BARS = [
    (255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255), (0, 0, 0), (64, 64, 64),
    (192, 192, 192), (255, 255, 255),
]  # fmt: skip
"""The colours of the picture SC_rgb from top to bottom, ten rows each."""
BARRED = {  # and by how much a lossy one differs
    "SC_rgb_rle": 0,
    "SC_rgb_dcmtk_+eb+cr": 1,
    "SC_rgb_dcmtk_+eb+cy+n1": 6,
    "SC_rgb_dcmtk_+eb+cy+n2": 6,
    "SC_rgb_dcmtk_+eb+cy+np": 6,
    "SC_rgb_dcmtk_+eb+cy+s2": 6,
    "SC_rgb_dcmtk_+eb+cy+s4": 6,
    "SC_rgb_jpeg_dcmtk": 6,
    "SC_rgb_jpeg_lossy_gdcm": 6,
    "SC_rgb_jls_lossy_line": 6,
    "SC_rgb_jls_lossy_sample": 6,
    "SC_ybr_full_422_uncompressed": 6,
}
VALUES: dict[
    str, tuple[tuple[int, ...], float, float, tuple[float, float] | None]
] = {  # shape, least, largest, spacing
    "CT_small": ((1, 128, 128), -896, 1167, (0.661468, 0.661468)),  # Hounsfield units: 128..2191 less 1024
    "693_J2KI": ((1, 512, 512), -3995, 1812, (0.478516, 0.478516)),
    "J2K_pixelrep_mismatch": ((1, 512, 512), -2000, 1896, (0.431, 0.431)),
    "JPEGLSNearLossless_16": ((1, 50, 10), 0, 65535, None),
    "examples_palette": ((1, 350, 800, 3), 0, 255, (0.262288, 0.262288)),
    "examples_ybr_color": ((30, 240, 320, 3), 0, 220, (0.510497, 0.510497)),
    "examples_jpeg2k": ((1, 480, 640, 3), 0, 255, None),
    "image_dfl": ((1, 512, 512), 0, 255, None),
    "rtdose": ((15, 10, 10), 0.795, 1.254, (10, 10)),
}
REFUSED = {
    "MR_truncated": "its header states 1 frame of 64x64 pixels, 8,192 bytes, and the file holds 8,130",
    "JPEG2000-embedded-sequence-delimiter": "its frames have 1024x3722445056 pixels of 1 value and its header states",
    "badVR": "it cannot be read as DICOM (invalid literal for int() with base 10: '1A'); one of its attributes may be wrong",
    "rtstruct": "this DICOM file holds no image (RT Structure Set Storage); give one that has pixels",
    "waveform_ecg": "this DICOM file holds no image (12-lead ECG Waveform Storage); give one that has pixels",
    "test-SR": "this DICOM file holds no image (Comprehensive SR Storage); give one that has pixels",
    "nested_priv_SQ": "it does not state Rows, Columns, SamplesPerPixel",
}


def sample(name: str) -> Path:
    return SAMPLES / f"{name}.dcm"


@pytest.mark.slow
def test_every_file_is_read_or_refused_in_one_line(capfd: pytest.CaptureFixture[str]):
    read_, refused, started = 0, {}, time.perf_counter()
    for path in EVERY:
        try:
            stack = read(path)
        except DataError as error:
            refused[path] = str(error)
        else:
            read_ += 1
            assert stack.slices.ndim == 3 or (stack.slices.shape[3], stack.slices.dtype) == (3, np.uint8)
            assert np.isfinite(stack.slices).all()
    assert read_ >= 85
    assert all(message.startswith(f"{path}: ") and "\n" not in message for path, message in refused.items())
    assert time.perf_counter() - started < 60
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("name", LIKE)
def test_files_that_hold_the_same_picture(name: str):
    other, tolerance = LIKE[name]
    assert np.abs(read(sample(name)).slices.astype(float) - read(sample(other)).slices.astype(float)).max() <= tolerance


@pytest.mark.parametrize("name", BARRED)
def test_bars_of_known_colours(name: str):
    (pixels,) = read(sample(name)).slices
    assert np.abs(pixels[5::10, 50].astype(int) - BARS).max() <= BARRED[name]


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str):
    shape, least, largest, spacing = VALUES[name]
    stack = read(sample(name))
    assert stack.slices.shape == shape
    assert (stack.slices.min(), stack.slices.max()) == pytest.approx((least, largest))
    assert stack.spacing == (None if spacing is None else pytest.approx(spacing, abs=1e-6))


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str):
    with pytest.raises(DataError) as caught:
        read(sample(name))
    assert str(caught.value).startswith(f"{sample(name)}: ")
    assert REFUSED[name] in str(caught.value)
