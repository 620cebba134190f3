"""DICOM series and enhanced multi-frame files: order, place and scale of slices; and how kinds of files are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from pydicom.sequence import Sequence

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.kind import kind_of, stem
from alseg.data.formats.series import read_series
from alseg.data.formats.tiff import read_tiff
from alseg.errors import DataError
from tests.helpers.medical_files import dicom, groups

AXIAL = [1, 0, 0, 0, 1, 0]
SHUFFLED = {"c": 20.0, "a": 22.5, "d": 15.0, "b": 17.5}
"""Name of a file to its height above the isocentre: neither the names nor their order tell it."""


def slice_of(folder: Path, name: str, value: int, shape: tuple[int, int] = (2, 3), **tags: Any) -> Path:
    folder.mkdir(exist_ok=True)
    tags = {"SeriesInstanceUID": "1.2.3", "PixelSpacing": [0.5, 0.25]} | tags
    return dicom(folder / name, np.full(shape, value, np.uint16), **tags)


def shuffled(folder: Path, **tags: Any) -> Path:
    for number, (name, z) in enumerate(SHUFFLED.items()):
        place = {"ImagePositionPatient": [-10, -20, z], "ImageOrientationPatient": AXIAL}
        slice_of(folder, name, int(10 * z), **place | {"InstanceNumber": number} | tags)
    return folder


def test_a_series_is_sorted_from_the_feet_to_the_head(tmp_path: Path):
    folder = shuffled(tmp_path / "scan", RescaleIntercept=-100)
    (folder / "DICOMDIR").write_bytes(b"a table of contents")
    for junk in (".DS_Store", "Thumbs.db", "Desktop.ini"):
        (folder / junk).write_bytes(b"junk")
    stack = read_series(folder)
    assert stack.slices[:, 0, 0].tolist() == [50, 75, 100, 125]  # ten times the height, less 100
    assert (stack.spacing, stack.distance) == ((0.5, 0.25), 2.5)
    assert stack.places is not None
    assert stack.places[:, 0].tolist() == [[-10, -20, z] for z in (15, 17.5, 20, 22.5)]
    assert stack.places[0, 1:].tolist() == [[-9.5, -20, 15], [-10, -19.5, 15]]  # the ends of first row and first column


def test_the_normal_of_an_oblique_series_counts_and_not_one_coordinate(tmp_path: Path):
    """Rows run to the left, columns towards the head: rows x columns points to the front, which is minus y."""
    for name, y in (("a", 5), ("b", -5), ("c", 0)):
        place = {"ImagePositionPatient": [0, y, 3 * y], "ImageOrientationPatient": [1, 0, 0, 0, 0, 1]}
        slice_of(tmp_path / "scan", name, 10 + y, **place)
    assert read_series(tmp_path / "scan").slices[:, 0, 0].tolist() == [15, 10, 5]


def test_without_positions_the_instance_numbers_count(tmp_path: Path):
    for name, number in (("a", 10), ("b", 9), ("c", 1)):  # as text 10 would come before 9
        slice_of(tmp_path / "scan", name, number, InstanceNumber=number)
    stack = read_series(tmp_path / "scan")
    assert stack.slices[:, 0, 0].tolist() == [1, 9, 10]
    assert (stack.distance, stack.places) == (None, None)


def test_a_series_of_one_file_may_hold_frames(tmp_path: Path):
    (tmp_path / "scan").mkdir()
    frames = np.arange(12, dtype=np.uint16).reshape(3, 2, 2)
    dicom(tmp_path / "scan/x", frames)
    assert (read_series(tmp_path / "scan").slices == frames).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"SeriesInstanceUID": "1.2.4"},
            r"scan/e: it belongs to another series than a; give each series its own folder",
        ),
        ({"shape": (3, 2)}, r"scan/e: it has 3x2 pixels \(height x width\) and a 2x3"),
        ({"PixelSpacing": [1, 1]}, r"scan/e: its pixels have another size or colour than those of d"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, 1]}, "scan: its slices have different orientations"),
        ({"ImagePositionPatient": [-10, -20, 20.0]}, "scan: two of its slices lie at the same place"),
        (
            {"ImagePositionPatient": None, "InstanceNumber": 2},
            "scan: its files state neither their positions nor different",
        ),
        ({"ImagePositionPatient": None, "InstanceNumber": None}, "so their order is unknown"),
        ({"NumberOfFrames": 2}, "scan/e: it holds several frames"),
    ],
    ids=["series", "size", "spacing", "orientation", "twice", "number", "no-number", "frames"],
)
def test_files_that_are_no_volume(tmp_path: Path, change: dict[str, Any], message: str):
    folder = shuffled(tmp_path / "scan")
    place = {"ImagePositionPatient": [-10, -20, 30], "ImageOrientationPatient": AXIAL, "InstanceNumber": 9}
    slice_of(folder, "e", 0, **place | change)
    with pytest.raises(DataError, match=message) as caught:
        read_series(folder)
    assert "\n" not in str(caught.value)


def test_folders_that_are_no_series(tmp_path: Path):
    (tmp_path / "scan").mkdir()
    with pytest.raises(DataError, match="scan: it is empty"):
        read_series(tmp_path / "scan")
    shuffled(tmp_path / "scan")
    (tmp_path / "scan/notes.txt").write_text("seen")
    with pytest.raises(DataError, match=r"notes\.txt: it is not a DICOM file"):
        read_series(tmp_path / "scan")
    (tmp_path / "scan/notes.txt").unlink()
    (tmp_path / "scan/more").mkdir()
    with pytest.raises(DataError, match="scan/more: it is a folder in the folder of a series"):
        read_series(tmp_path / "scan")


def enhanced(path: Path, heights: list[float]) -> Path:
    frames = np.array([[[10 * z]] for z in heights], np.uint16)
    shared = groups(
        PixelMeasuresSequence={"PixelSpacing": [0.5, 0.25], "SliceThickness": 2},
        PlaneOrientationSequence={"ImageOrientationPatient": AXIAL},
    )
    each = [
        groups(
            PlanePositionSequence={"ImagePositionPatient": [0, 0, z]},
            PixelValueTransformationSequence={"RescaleSlope": 1 + i, "RescaleIntercept": -5},
        )
        for i, z in enumerate(heights)
    ]
    return dicom(
        path, frames, SharedFunctionalGroupsSequence=Sequence([shared]), PerFrameFunctionalGroupsSequence=Sequence(each)
    )


def test_an_enhanced_file_keeps_place_and_scale_in_functional_groups(tmp_path: Path):
    stack = read_dicom(enhanced(tmp_path / "x.dcm", [3, 1, 2]))
    assert stack.slices.ravel().tolist() == [2 * 10 - 5, 3 * 20 - 5, 1 * 30 - 5]  # slopes go with their frames
    assert (stack.spacing, stack.distance) == ((0.5, 0.25), 2)
    assert stack.places is not None
    assert stack.places[:, 0, 2].tolist() == [1, 2, 3]


def test_frames_at_one_place_are_a_film_and_stay_as_stored(tmp_path: Path):
    stack = read_dicom(enhanced(tmp_path / "x.dcm", [3, 3, 1]))
    assert stack.slices.ravel().tolist() == [30 - 5, 60 - 5, 30 - 5]
    assert stack.places is None


def test_eight_bits_stay_eight_bits_unless_rescaled(tmp_path: Path):
    pixels = np.array([[0, 100, 255]], np.uint8)
    plain = read_dicom(dicom(tmp_path / "a.dcm", pixels, bits=8)).slices
    assert (plain.dtype, plain.tolist()) == (np.uint8, [[[0, 100, 255]]])
    inverted = read_dicom(dicom(tmp_path / "b.dcm", pixels, "MONOCHROME1", bits=8)).slices
    assert (inverted.dtype, inverted.tolist()) == (np.uint8, [[[255, 155, 0]]])
    rescaled = read_dicom(dicom(tmp_path / "c.dcm", pixels, bits=8, RescaleSlope=2)).slices
    assert (rescaled.dtype, rescaled.tolist()) == (np.float32, [[[0, 200, 510]]])


def test_kinds(tmp_path: Path):
    slice_of(tmp_path, "1.2.840.113619", 1)
    slice_of(tmp_path, "IM0001", 1)
    (tmp_path / "notes").write_text("hello")
    names = ["x.NII.gz", "x.nii", "x.tif", "x.dcm", "x.jpeg", "1.2.840.113619", "IM0001", "notes", "absent"]
    kinds = ["NIfTI", "NIfTI", "TIFF", "DICOM file", "picture", "DICOM file", "DICOM file", "picture", "picture"]
    assert [kind_of(tmp_path / name) for name in names] == kinds
    assert kind_of(tmp_path) == "DICOM series"
    assert [stem(tmp_path / name) for name in names[:7]] == ["x"] * 5 + ["1.2.840.113619", "IM0001"]


def test_colours_stored_plane_by_plane(tmp_path: Path):
    planes = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4)
    tifffile.imwrite(tmp_path / "x.tif", planes, photometric="rgb", planarconfig="separate")
    assert (read_tiff(tmp_path / "x.tif").slices == planes.transpose(1, 2, 0)[None]).all()
