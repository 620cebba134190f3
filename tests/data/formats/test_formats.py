"""Every format against files made in code, with pixels and spacings computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
import tifffile
from PIL import Image

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.nifti import read_nifti
from alseg.data.formats.picture import read_mask_pixels, read_picture
from alseg.data.formats.read import read
from alseg.data.formats.stack import robust_range, to_uint8
from alseg.data.formats.tiff import read_tiff
from alseg.errors import ConfigError, DataError
from tests.helpers.medical_files import dicom, nifti

# --- windows


def test_a_window():
    values = np.array([-1000, -160, 40, 240, 3000])
    assert to_uint8(values, -160, 240).tolist() == [0, 0, 128, 255, 255]  # 127.5 is rounded to the even 128
    assert to_uint8(np.array([7.0, 7.0]), 7, 7).tolist() == [0, 0]
    with pytest.raises(ConfigError, match="its end lies before its start"):
        to_uint8(values, 1, 0)


def test_a_robust_range():
    assert robust_range(np.arange(1001.0), 0.01) == (10, 990)


# --- pictures


def test_pictures(tmp_path: Path):
    def saved(name: str, image: Image.Image) -> Path:
        image.save(tmp_path / name)
        return tmp_path / name

    grey = Image.fromarray(np.array([[1, 2], [3, 4]], np.uint8))
    assert read_picture(saved("l.png", grey)).slices.tolist() == [[[1, 2], [3, 4]]]
    assert read_picture(saved("p.png", grey.convert("P"))).slices.tolist() == [[[1, 2], [3, 4]]]
    deep = Image.fromarray(np.array([[0, 4095]], np.uint16))
    assert read_picture(saved("d.png", deep)).slices.tolist() == [[[0, 4095]]]
    colour = Image.fromarray(np.array([[[1, 2, 3]]], np.uint8))
    assert read_picture(saved("c.png", colour)).slices.tolist() == [[[[1, 2, 3]]]]
    coloured_palette = colour.quantize(2)
    assert read_picture(saved("q.png", coloured_palette)).slices.tolist() == [[[[1, 2, 3]]]]
    transparent = Image.merge("LA", [grey, Image.new("L", (2, 2), 0)])
    assert read_picture(saved("la.png", transparent)).slices.tolist() == [[[1, 2], [3, 4]]]
    assert read_picture(tmp_path / "l.png").spacing is None


def test_masks(tmp_path: Path):
    Image.fromarray(np.array([[0, 10, 128, 255]], np.uint8)).save(tmp_path / "m.png")
    assert read_mask_pixels(tmp_path / "m.png").tolist() == [[False, True, True, True]]
    assert read_mask_pixels(tmp_path / "m.png", 127).tolist() == [[False, False, True, True]]
    Image.fromarray(np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8)).save(tmp_path / "c.png")
    assert read_mask_pixels(tmp_path / "c.png").tolist() == [[False, True]]


# --- TIFF


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_of_one_page_and_of_three(tmp_path: Path, dtype: type[np.generic]):
    pages = np.arange(3 * 2 * 4).reshape(3, 2, 4).astype(dtype) * (1 if dtype == np.uint8 else 2500)
    tifffile.imwrite(tmp_path / "three.tif", pages, photometric="minisblack", resolution=(300, 300), compression="zlib")
    tifffile.imwrite(tmp_path / "one.tif", pages[1], photometric="minisblack")
    three = read_tiff(tmp_path / "three.tif")
    assert three.slices.dtype == dtype
    assert (three.slices == pages).all()
    assert three.spacing is None  # 300 dots per inch are about paper
    assert (read_tiff(tmp_path / "one.tif").slices == pages[1:2]).all()


def test_tiff_compressed_by_lzw(tmp_path: Path):
    pages = [Image.fromarray(np.arange(8, dtype=np.uint8).reshape(2, 4) + i) for i in (0, 100)]
    pages[0].save(tmp_path / "x.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    assert read_tiff(tmp_path / "x.tif").slices.tolist() == [np.asarray(page).tolist() for page in pages]


def test_tiff_of_a_compression_that_nothing_here_decodes(tmp_path: Path):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.zeros((2, 2), np.uint8), photometric="minisblack")
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["Compression"].overwrite(34676)
    with pytest.raises(
        DataError, match=r"x\.tif: its compression SGILOG cannot be decoded here; save it as LZW"
    ) as caught:
        read_tiff(path)
    assert "truncated" not in str(caught.value)


def test_tiff_in_colour_and_white_as_zero(tmp_path: Path):
    colours = np.arange(2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 3)
    tifffile.imwrite(tmp_path / "c.tif", colours, photometric="rgb")
    assert (read_tiff(tmp_path / "c.tif").slices == colours[None]).all()
    tifffile.imwrite(tmp_path / "w.tif", np.array([[0, 255, 55]], np.uint8), photometric="miniswhite")
    assert read_tiff(tmp_path / "w.tif").slices.tolist() == [[[255, 0, 200]]]


def test_tiff_of_different_pages(tmp_path: Path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        file.write(np.zeros((2, 2), np.uint8), photometric="minisblack")
        file.write(np.zeros((2, 3), np.uint8), photometric="minisblack")
    with pytest.raises(DataError, match=r"x\.tif: its pages differ in size or depth"):
        read_tiff(tmp_path / "x.tif")


# --- DICOM


STORED = np.array([[0, 1, 4095], [10, 20, 30]], np.uint16)


def test_dicom(tmp_path: Path):
    stack = read_dicom(dicom(tmp_path / "x.dcm", STORED, PixelSpacing=[0.5, 0.25], SliceThickness=3))
    assert stack.slices.tolist() == [STORED.tolist()]
    assert stack.spacing == (0.5, 0.25)  # from row to row first
    assert stack.distance == 3


def test_dicom_where_zero_is_white(tmp_path: Path):
    stack = read_dicom(dicom(tmp_path / "x.dcm", STORED, "MONOCHROME1", ImagerPixelSpacing=[0.143, 0.143]))
    assert stack.slices.tolist() == [[[4095, 4094, 0], [4085, 4075, 4065]]]
    assert stack.spacing == (0.143, 0.143)


def test_dicom_where_zero_is_white_with_signs_and_a_scale(tmp_path: Path):
    """Signed 12 bits go from -2048 to 2047: -5 becomes -1 - (-5) = 4, and then 2 * 4 - 10 = -2."""
    pixels = np.array([[-2048, 2047, -5]], np.int16)
    stack = read_dicom(dicom(tmp_path / "x.dcm", pixels, "MONOCHROME1", RescaleSlope=2, RescaleIntercept=-10))
    assert stack.slices.tolist() == [[[2 * 2047 - 10, 2 * -2048 - 10, -2]]]
    assert stack.spacing is None


def test_dicom_in_hounsfield_units(tmp_path: Path):
    stack = read_dicom(dicom(tmp_path / "x.dcm", STORED, RescaleSlope=1, RescaleIntercept=-1024))
    assert stack.slices[0].tolist() == [[-1024, -1023, 3071], [-1014, -1004, -994]]


def test_dicom_frames_and_colour(tmp_path: Path):
    frames = np.arange(3 * 2 * 2, dtype=np.uint16).reshape(3, 2, 2)
    assert (read_dicom(dicom(tmp_path / "f.dcm", frames)).slices == frames).all()
    colours = np.arange(2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 3)
    assert (read_dicom(dicom(tmp_path / "c.dcm", colours, "RGB", bits=8)).slices == colours[None]).all()


def test_dicom_that_cannot_be_read(tmp_path: Path):
    path = tmp_path / "x.dcm"
    path.write_bytes(b"hello")
    with pytest.raises(DataError, match=r"x\.dcm: it is not a DICOM file"):
        read_dicom(path)
    dicom(path, STORED)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match=r"x\.dcm: it cannot be read"):
        read_dicom(path)
    dicom(path, STORED, PixelSpacing=[0, 0.5])
    with pytest.raises(DataError, match=r"its pixel spacing is \[0\.0, 0\.5\]"):
        read_dicom(path)
    file = pydicom.dcmread(path)
    del file.PixelData
    file.save_as(path)
    with pytest.raises(DataError, match="this DICOM file holds no image"):
        read_dicom(path)


# --- NIfTI

# a voxel that names its place: hundreds from left to right, tens from posterior to anterior, ones from inferior to superior
PLACES = 100 * np.arange(4)[:, None, None] + 10 * np.arange(3)[:, None] + np.arange(2)
AXIAL = [[[320 + k - 100 * i - 10 * j for i in range(4)] for j in range(3)] for k in range(2)]
ORIENTATIONS = {
    "as it is": (PLACES, [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0], [0, 0, 0, 1]]),
    "left, posterior, superior": (PLACES[::-1, ::-1], [[-1, 0, 0, 3], [0, -2, 0, 4], [0, 0, 3, 0], [0, 0, 0, 1]]),
    "superior first": (PLACES.transpose(2, 0, 1), [[0, 1, 0, 0], [0, 0, 2, 0], [3, 0, 0, 0], [0, 0, 0, 1]]),
}


@pytest.mark.parametrize("how", ORIENTATIONS)
def test_nifti_is_turned_to_the_canonical_orientation(tmp_path: Path, how: str):
    path = nifti(tmp_path / "x.nii.gz", *ORIENTATIONS[how])
    axial = read_nifti(path)
    assert axial.slices.tolist() == AXIAL
    assert axial.spacing == (2, 1)
    assert axial.distance == 3
    coronal = read_nifti(path, "coronal")
    assert coronal.slices[1].tolist() == [[311, 211, 111, 11], [310, 210, 110, 10]]  # rows down from superior
    assert (coronal.spacing, coronal.distance) == ((3, 1), 2)
    sagittal = read_nifti(path, "sagittal")
    assert sagittal.slices[2].tolist() == [[221, 211, 201], [220, 210, 200]]  # columns from anterior
    assert (sagittal.spacing, sagittal.distance) == ((3, 2), 1)


def test_nifti_in_micrometres_scaled_and_with_channels(tmp_path: Path):
    affine = np.diag([500.0, 250, 1000, 1])
    values = np.stack([PLACES, PLACES + 1000], axis=-1)
    path = nifti(tmp_path / "x.nii", values, affine, "micron")
    assert read_nifti(path).spacing == (0.25, 0.5)
    assert read_nifti(path, channel=1).slices[0, 0, 0] == 1320
    with pytest.raises(DataError, match="it has 2 channels, and number 2 is asked for"):
        read_nifti(path, channel=2)
    both = read_nifti(path, channel=(1, 0, 1)).slices
    assert both.shape == (2, 3, 4, 3)
    assert both[0, 0, 0].tolist() == [1320, 320, 1320]
    with pytest.raises(DataError, match="it has 1 channels, and number 1 is asked for"):
        read_nifti(nifti(tmp_path / "one.nii", PLACES, affine), channel=(0, 1))
    image = nibabel.Nifti1Image(PLACES.astype(np.int16), np.eye(4))
    image.header.set_slope_inter(2, -5)
    nibabel.save(image, path)
    stored = nibabel.load(path)
    assert read_nifti(path).slices[0, 0, 0] == np.asanyarray(stored.dataobj)[3, 2, 0]


@pytest.mark.parametrize(
    ("shape", "rows", "spacing"), [((1, 3, 2), (2, 3), (3, 2)), ((4, 1, 2), (2, 4), (3, 1)), ((4, 3), (3, 4), (2, 1))]
)
def test_a_flat_nifti_is_one_slice_whatever_the_plane(tmp_path: Path, shape, rows, spacing):
    path = nifti(tmp_path / "x.nii.gz", np.zeros(shape), np.diag([1.0, 2, 3, 1]))
    for plane in ("axial", "coronal", "sagittal"):
        stack = read_nifti(path, plane)  # type: ignore[arg-type]
        assert stack.slices.shape == (1, *rows)
        assert stack.spacing == spacing


@pytest.mark.parametrize("name", ["x.nii.gz", "x.nii"])
def test_a_truncated_nifti(tmp_path: Path, name: str):
    noise = np.random.default_rng(0).integers(0, 1000, (8, 8, 8))
    path = nifti(tmp_path / name, noise, np.eye(4))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"it cannot be read as NIfTI"):
        read_nifti(path)


# --- all of them


def test_the_name_tells_the_format(tmp_path: Path):
    tifffile.imwrite(tmp_path / "x.tif", np.full((2, 2), 3, np.uint16), photometric="minisblack")
    Image.new("L", (2, 2), 4).save(tmp_path / "x.png")
    dicom(tmp_path / "x.dcm", STORED)
    dicom(tmp_path / "IM0001", STORED)
    nifti(tmp_path / "x.nii.gz", np.full((2, 2, 2), 5), np.eye(4))
    found = [read(tmp_path / name).slices.max() for name in ("x.tif", "x.png", "x.dcm", "IM0001", "x.nii.gz")]
    assert found == [3, 4, 4095, 4095, 5]


def unusual_nifti(values: Any) -> Any:
    return lambda path: nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)


def unusual_dicom(**tags: Any) -> Any:
    return lambda path: dicom(path, STORED, **tags)


def unusual_series(path: Path) -> None:
    path.mkdir()
    for number in ("1", "2"):
        dicom(path / number, STORED, InstanceNumber=[number, "3"])


COLOUR = np.zeros((2, 2, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
ORIENTATION = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
UNUSUAL: dict[str, tuple[str, Any, str]] = {
    "colour": ("x.nii", unusual_nifti(COLOUR), "its pixels are of several values each"),
    "complex": ("x.nii", unusual_nifti(np.zeros((2, 2, 2), np.complex64)), "its pixels are complex64"),
    "a side of 0": ("x.nii", unusual_nifti(np.zeros((2, 0, 3), np.int16)), "it holds no pixels"),
    "one spacing": ("x.dcm", unusual_dicom(PixelSpacing=0.5), "it cannot be read as DICOM file"),
    "one coordinate": (
        "x.dcm",
        unusual_dicom(ImagePositionPatient=7, **ORIENTATION),
        "it cannot be read as DICOM file",
    ),
    "an empty one": (
        "x.dcm",
        unusual_dicom(ImagePositionPatient=["1", "", "3"], **ORIENTATION),
        "it cannot be read as DICOM file",
    ),
    "two numbers": ("x", unusual_series, "it cannot be read as DICOM series"),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_headers_of_any_content_end_in_one_line(tmp_path: Path, case: str):
    name, make, message = UNUSUAL[case]
    make(tmp_path / name)
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "reader", [read_picture, read_tiff, read_dicom, read_nifti], ids=["picture", "tiff", "dicom", "nifti"]
)
@pytest.mark.parametrize("content", [b"", b"hello"], ids=["empty", "text"])
def test_no_image_at_all(tmp_path: Path, reader: Any, content: bytes):
    path = tmp_path / "x.bin"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.bin: ") as caught:
        reader(path)
    assert "\n" not in str(caught.value)
