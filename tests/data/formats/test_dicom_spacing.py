"""The size of a pixel of DICOM, wherever and however it is stated; and segmentations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from alseg.cli import main
from alseg.data.formats.dicom import read_dicom
from alseg.errors import DataError
from tests.helpers.medical_files import coded, dicom, groups

GREY = np.zeros((2, 3), np.uint16)


def region(delta_y: float, delta_x: float, unit: int = 3, kind: int = 1) -> Dataset:
    found = Dataset()
    found.RegionSpatialFormat = kind
    found.PhysicalUnitsXDirection = found.PhysicalUnitsYDirection = unit
    found.PhysicalDeltaX, found.PhysicalDeltaY = delta_x, delta_y
    return found


SPACINGS: dict[str, tuple[dict[str, Any], tuple[float, float] | None]] = {
    "in the patient": ({"PixelSpacing": [0.5, 0.25], "ImagerPixelSpacing": [0.6, 0.3]}, (0.5, 0.25)),
    "at the detector": ({"ImagerPixelSpacing": [0.6, 0.3]}, (0.6, 0.3)),
    "of a film": ({"NominalScannedPixelSpacing": [0.1, 0.2]}, (0.1, 0.2)),
    "none": ({}, None),
    "a region": ({"SequenceOfUltrasoundRegions": Sequence([region(0.02, 0.01)])}, (0.2, 0.1)),
    "a region that runs upwards": ({"SequenceOfUltrasoundRegions": Sequence([region(-0.02, 0.01)])}, (0.2, 0.1)),
    "regions that agree": (
        {"SequenceOfUltrasoundRegions": Sequence([region(0.02, 0.01), region(0.02, 0.01)])},
        (0.2, 0.1),
    ),
    "regions that differ": ({"SequenceOfUltrasoundRegions": Sequence([region(0.02, 0.01), region(0.03, 0.01)])}, None),
    "a region of time beside": (
        {"SequenceOfUltrasoundRegions": Sequence([region(0.02, 0.01), region(0.3, 0.004, unit=4, kind=2)])},
        (0.2, 0.1),
    ),
    "a region of another unit": ({"SequenceOfUltrasoundRegions": Sequence([region(0.02, 0.01, unit=4)])}, None),
    "a region of no size": ({"SequenceOfUltrasoundRegions": Sequence([region(0, 0)])}, None),
}


@pytest.mark.parametrize("how", SPACINGS)
def test_where_the_size_of_a_pixel_stands(tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture):
    tags, spacing = SPACINGS[how]
    found = read_dicom(dicom(tmp_path / "x.dcm", GREY, **tags)).spacing
    assert found == pytest.approx(spacing) if spacing else found is None
    assert not caplog.records


NONSENSE: dict[str, Any] = {"zero": [0, 0], "one": 0.5, "negative": [0.5, -1], "three": [1, 1, 1]}


@pytest.mark.parametrize("how", NONSENSE)
def test_a_size_that_is_none_counts_as_not_stated_and_is_said_once(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
):
    for name in ("a.dcm", "b.dcm"):
        path = dicom(tmp_path / name, GREY, PixelSpacing=NONSENSE[how])
        assert read_dicom(path).spacing is None
    both = dicom(tmp_path / "c.dcm", GREY, PixelSpacing=NONSENSE[how], ImagerPixelSpacing=[0.6, 0.3])
    assert read_dicom(both).spacing == (0.6, 0.3)
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"{tmp_path / 'a.dcm'}: its PixelSpacing is ")
    assert "it counts as not stated" in said


def test_regions_that_contradict_the_pixel_spacing(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    tags = {"PixelSpacing": [0.5, 0.5], "SequenceOfUltrasoundRegions": Sequence([region(0.02, 0.01)])}
    assert read_dicom(dicom(tmp_path / "x.dcm", GREY, **tags)).spacing == (0.5, 0.5)
    assert "its pixel spacing is (0.5, 0.5) mm and that of its ultrasound regions" in caplog.text


def test_frames_of_different_sizes(tmp_path: Path):
    each = Sequence([groups(PixelMeasuresSequence={"PixelSpacing": [side, side]}) for side in (0.5, 0.6)])
    path = dicom(tmp_path / "x.dcm", np.zeros((2, 2, 3), np.uint16), PerFrameFunctionalGroupsSequence=each)
    with pytest.raises(DataError, match="its frames have pixels of different sizes"):
        read_dicom(path)


def test_a_manifest_states_what_the_file_does_not(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    mine = tmp_path / "mine"
    mine.mkdir()
    dicom(mine / "a.dcm", GREY, PixelSpacing=[0, 0])
    dicom(mine / "b.dcm", GREY, PixelSpacing=[0.5, 0.5])
    rows = "id,image,label,group,spacing_y,spacing_x\na,a.dcm,x,p,0.3,0.4\nb,b.dcm,y,q,0.3,0.4\n"
    (mine / "manifest.csv").write_text(rows)
    assert main(["data", "convert", str(mine), "--to", str(tmp_path / "out")]) == 0
    lines = (tmp_path / "out/manifest.csv").read_text().splitlines()
    assert [line.split(",")[4:6] for line in lines] == [["spacing_y", "spacing_x"], ["0.3", "0.4"], ["0.3", "0.4"]]
    assert "b.dcm: the manifest states pixels of 0.3x0.4 mm and the file 0.5x0.5; the manifest counts" in caplog.text


# --- segmentations


def segmentation(path: Path, *frames: tuple[int, float, str], **tags: Any) -> Path:
    """Frames of 2x4 pixels: the number of a segment, a height, and the pixels as text."""
    bits = np.array([[character != "." for character in text] for _, _, text in frames], np.uint8)
    each = [
        groups(
            SegmentIdentificationSequence={"ReferencedSegmentNumber": number},
            PlanePositionSequence={"ImagePositionPatient": [0, 0, z]},
            PlaneOrientationSequence={"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
        )
        for number, z, _ in frames
    ]
    options = {"SegmentationType": "BINARY", "NumberOfFrames": len(frames), "PixelSpacing": [1, 1]} | tags
    pixels = np.packbits(bits.ravel(), bitorder="little").tobytes()
    return coded(
        path,
        pixels + b"\0" * (len(pixels) % 2),
        (2, 4),
        "MONOCHROME2",
        ExplicitVRLittleEndian,
        (1, 1),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4",
        PerFrameFunctionalGroupsSequence=Sequence(each),
        **options,
    )


def test_one_segment_is_a_mask_in_the_order_of_its_places(tmp_path: Path):
    path = segmentation(tmp_path / "x.dcm", (5, 2.0, "##......"), (5, 1.0, "...#...."))
    stack = read_dicom(path, stored=True)
    assert stack.slices.dtype == np.uint8
    assert stack.slices.tolist() == [[[0, 0, 0, 1], [0, 0, 0, 0]], [[1, 1, 0, 0], [0, 0, 0, 0]]]
    assert stack.places is not None
    assert stack.places[:, 0, 2].tolist() == [1, 2]


def test_several_segments_are_class_ids(tmp_path: Path):
    frames = [(1, 1.0, "##......"), (1, 2.0, "#......."), (3, 2.0, "..##...."), (3, 4.0, ".......#")]
    stack = read_dicom(segmentation(tmp_path / "x.dcm", *frames))
    assert stack.slices[:, 0].tolist() == [[1, 1, 0, 0], [1, 0, 3, 3], [0, 0, 0, 0]]
    assert stack.slices[2, 1].tolist() == [0, 0, 0, 3]


def test_segmentations_that_are_no_class_ids(tmp_path: Path):
    overlap = segmentation(tmp_path / "o.dcm", (1, 1.0, "##......"), (2, 1.0, ".##....."))
    with pytest.raises(
        DataError, match="its segments overlap, so that a pixel has no single class; save one file each"
    ):
        read_dicom(overlap)
    fractional = segmentation(tmp_path / "f.dcm", (1, 1.0, "##......"), SegmentationType="FRACTIONAL")
    with pytest.raises(DataError, match="it is a segmentation of type FRACTIONAL; save its segments as a binary one"):
        read_dicom(fractional)
    many = segmentation(tmp_path / "m.dcm", (1, 1.0, "##......"), (255, 1.0, "........"))
    with pytest.raises(DataError, match="it has a segment of number 255; class ids go to 254"):
        read_dicom(many)
