"""NIfTI headers: two places for the size of a voxel, sizes that are none, claims larger than the file; values by hand."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from alseg.data.formats.nifti import read_nifti
from alseg.data.formats.read import read
from alseg.errors import DataError
from tests.helpers.medical_files import nifti

VALUES = np.arange(3 * 4 * 5).reshape(3, 4, 5)
SIZES = np.diag([0.3, 0.5, 2, 1])
UNITS, CODES, PIXDIM, SLOPE, ROWS, SIDES = 123, 252, 80, 112, 280, 42
"""Where a header of 348 bytes holds them."""


def edited(path: Path, *edits: tuple[int, str, Any], values: Any = VALUES, affine: Any = SIZES) -> Path:
    nifti(path, np.asarray(values), affine)
    content = bytearray(path.read_bytes())
    for place, kind, value in edits:
        struct.pack_into("<" + kind, content, place, *(value if isinstance(value, tuple) else (value,)))
    path.write_bytes(content)
    return path


def test_the_affine_counts_where_pixdim_says_otherwise(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for name, affine in (("ras", SIZES), ("las", np.diag([-0.3, 0.5, 2, 1]))):
        stack = read_nifti(edited(tmp_path / f"{name}.nii", (PIXDIM, "3f", (1, 1, 1)), affine=affine))
        assert (stack.spacing, stack.distance) == ((0.5, 0.3), 2)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "ras.nii: its pixdim says voxels of 1 x 1 x 1 and its affine of 0.3 x 0.5 x 2; the affine counts" in said


def test_sizes_are_those_of_oblique_directions(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([0.3, 0.5, 2])
    stack = read_nifti(edited(tmp_path / "x.nii", affine=affine))
    assert (stack.spacing, stack.distance) == ((0.5, 0.3), 2)
    assert not caplog.records


def test_the_form_that_counts(tmp_path: Path):
    """The sform where it is coded, else the qform (which takes its sizes from pixdim), else pixdim alone."""
    image = nibabel.Nifti1Image(VALUES.astype(np.int16), None)
    for codes, spacing in (((1, 1), (0.5, 0.3)), ((1, 0), (6, 5)), ((0, 1), (0.5, 0.3)), ((0, 0), (6, 5))):
        image.header.set_sform(SIZES, 1)
        image.header.set_qform(np.diag([5, 6, 7, 1]), 1)
        nibabel.save(image, tmp_path / "x.nii")
        content = bytearray((tmp_path / "x.nii").read_bytes())
        struct.pack_into("<2h", content, CODES, *codes)
        (tmp_path / "x.nii").write_bytes(content)
        assert read_nifti(tmp_path / "x.nii").spacing == spacing


def test_units(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for code, spacing in (
        (0, (0.5, 0.3)),
        (1, (500, 300)),
        (2, (0.5, 0.3)),
        (3, (0.0005, 0.0003)),
        (2 | 8, (0.5, 0.3)),
    ):
        stack = read_nifti(edited(tmp_path / "x.nii", (UNITS, "B", code)))
        assert stack.spacing == pytest.approx(spacing)
        assert stack.places is not None
        assert np.abs(stack.places[0, 1] - stack.places[0, 0])[0] == pytest.approx(2 * spacing[1])
    assert not caplog.records
    assert read_nifti(edited(tmp_path / "x.nii", (UNITS, "B", 7))).spacing == (0.5, 0.3)
    assert "its unit of length has the unknown code 7; it is taken for mm" in caplog.text


def test_without_any_statement_the_size_is_unknown(tmp_path: Path):
    stack = read_nifti(edited(tmp_path / "x.nii", (CODES, "2h", (0, 0)), (PIXDIM, "3f", (0, 0, 0))))
    assert (stack.spacing, stack.distance, stack.places) == (None, None, None)
    assert stack.slices.shape == (5, 4, 3)


def test_a_flat_volume_may_lack_the_direction_across(tmp_path: Path):
    path = edited(tmp_path / "x.nii", values=VALUES[:, :, :1], affine=np.diag([0.3, 0.5, 1, 1]))
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, ROWS + 2 * 16 + 2 * 4, 0)
    path.write_bytes(content)
    stack = read_nifti(path)
    assert (stack.slices.shape, stack.spacing) == ((1, 4, 3), (0.5, 0.3))


NO_AFFINE: dict[str, list[tuple[int, str, Any]]] = {
    "NaN": [(ROWS, "f", np.nan)],
    "infinite": [(ROWS + 12, "f", np.inf)],
    "a zero": [(ROWS, "f", 0)],
    "zeros": [(ROWS, "12f", (0,) * 12)],
    "parallel": [(ROWS, "12f", (1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0))],
    "pixdim NaN": [(CODES, "2h", (0, 0)), (PIXDIM, "f", np.nan)],
}


@pytest.mark.parametrize("case", NO_AFFINE)
def test_affines_that_are_none(tmp_path: Path, case: str):
    path = edited(tmp_path / "x.nii", *NO_AFFINE[case])
    with pytest.raises(
        DataError, match=r"x\.nii: its affine is .*; it must have finite numbers and three directions"
    ) as caught:
        read_nifti(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_a_slope_that_is_none_scales_nothing(tmp_path: Path, slope: float):
    assert read_nifti(edited(tmp_path / "x.nii", (SLOPE, "2f", (slope, 3.0)))).slices.max() == VALUES.max()
    scaled = read_nifti(edited(tmp_path / "x.nii", (SLOPE, "2f", (2.0, 3.0))))
    assert scaled.slices.max() == 2 * VALUES.max() + 3


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint64, np.uint16, np.float64])
def test_kinds_of_numbers(tmp_path: Path, dtype: type[np.generic]):
    nibabel.save(nibabel.Nifti1Image(VALUES.astype(dtype), SIZES, dtype=dtype), tmp_path / "x.nii")
    slices = read(tmp_path / "x.nii").slices
    assert slices.dtype == dtype
    assert slices[0, 0, 0] == VALUES[2, 3, 0]


@pytest.mark.parametrize("names", ["RGB", "RGBA"])
def test_colours(tmp_path: Path, names: str):
    values = np.zeros((3, 4, 5), [(name, "u1") for name in names])
    values[2, 3, 0] = tuple(range(10, 10 + len(names)))
    nibabel.save(nibabel.Nifti1Image(values, SIZES), tmp_path / "x.nii")
    slices = read(tmp_path / "x.nii").slices
    assert (slices.shape, slices.dtype) == ((5, 4, 3, 3), np.uint8)
    assert slices[0, 0, 0].tolist() == [10, 11, 12]


def test_trailing_dimensions_of_one(tmp_path: Path):
    nibabel.save(nibabel.Nifti1Image(VALUES[..., None, None].astype(np.int16), SIZES), tmp_path / "x.nii")
    assert read(tmp_path / "x.nii").slices.shape == (5, 4, 3)
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 4, 5, 1, 3), np.int16), SIZES), tmp_path / "y.nii")
    with pytest.raises(DataError, match=r"y\.nii: it has 5 dimensions; a volume has 3"):
        read(tmp_path / "y.nii")


def test_a_pair_of_files_is_one_volume(tmp_path: Path):
    from alseg.data.convert.volumes import volumes_of

    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        nibabel.save(nibabel.Nifti1Pair(VALUES.astype(np.int16), SIZES), tmp_path / folder / "a.img")
    for name in ("a.img", "a.hdr"):
        assert read(tmp_path / "images" / name).spacing == (0.5, 0.3)
    (volume,) = volumes_of(tmp_path)
    assert volume.id == "a"
    nibabel.save(nibabel.AnalyzeImage(VALUES.astype(np.int16), SIZES), tmp_path / "old.img")
    with pytest.raises(DataError, match=r"old\.img: it is of the kind Spm2Analyze, not NIfTI, .* save it as \.nii\.gz"):
        read(tmp_path / "old.img")


@pytest.mark.parametrize("packed", [False, True])
def test_headers_that_claim_terabytes(tmp_path: Path, packed: bool):
    path = edited(tmp_path / "x.nii", (SIDES, "3h", (32767, 32767, 32767)))
    if packed:
        content = path.read_bytes()
        path = tmp_path / "x.nii.gz"
        path.write_bytes(gzip.compress(content))
    tracemalloc.start()
    with pytest.raises(
        DataError, match=r"its header states 32767 x 32767 x 32767 voxels, 70,362,301,923,326 bytes, and the"
    ):
        read_nifti(path)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


BROKEN = {
    "negative side": ("x.nii", lambda path: edited(path, (SIDES, "h", -3))),
    "quaternion": ("x.nii", lambda path: edited(path, (CODES, "2h", (1, 0)), (256, "f", 3.0))),
    "offset": ("x.nii", lambda path: edited(path, (108, "f", 1e9))),
    "plain called gz": ("x.nii.gz", lambda path: path.write_bytes(edited(path.with_name("y.nii")).read_bytes())),
    "gz called plain": (
        "x.nii",
        lambda path: path.write_bytes(gzip.compress(edited(path.with_name("y.nii")).read_bytes())),
    ),
    "cut gz": (
        "x.nii.gz",
        lambda path: path.write_bytes(gzip.compress(edited(path.with_name("y.nii")).read_bytes())[:-40]),
    ),
    "intercept": ("x.nii", lambda path: edited(path, (SLOPE, "2f", (2.0, np.nan)))),
    "complex": ("x.nii", lambda path: nibabel.save(nibabel.Nifti1Image(VALUES.astype(np.complex64), SIZES), path)),
    "header alone": ("x.hdr", lambda path: path.write_bytes(edited(path.with_name("y.nii")).read_bytes()[:348])),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_read_ends_in_one_line(tmp_path: Path, case: str, capfd: pytest.CaptureFixture[str]):
    name, make = BROKEN[case]
    make(tmp_path / name)
    with pytest.raises(DataError) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""
