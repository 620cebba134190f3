"""Masks that went through lossy compression: black and white may have survived it, class ids are others afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from alseg.data.convert.own import convert
from alseg.data.formats.lossy import is_lossy, refuse_changed
from alseg.data.images import read_mask
from alseg.errors import DataError

IDS = np.tile(np.array([0, 0, 0, 1, 1, 2, 2, 2], np.uint8), (8, 1))
BLACK_AND_WHITE = np.repeat(np.array([0, 255], np.uint8), 8)[None].repeat(16, axis=0)
WAYS = {
    "jpeg": ("a.jpg", {"quality": 90}, True),
    "jpeg by another name": ("a.png", {"format": "JPEG", "quality": 90}, True),
    "webp": ("a.webp", {"quality": 100}, True),
    "webp, lossless": ("a.webp", {"lossless": True}, False),
    "jpeg 2000": ("a.jp2", {"irreversible": True}, True),
    "jpeg 2000, lossless": ("a.jp2", {}, False),
    "tiff": ("a.tif", {"compression": "jpeg"}, True),
    "tiff, lossless": ("a.tif", {"compression": "tiff_lzw"}, False),
    "png": ("a.png", {}, False),
    "gif": ("a.gif", {}, False),
}


@pytest.mark.parametrize(("name", "options", "lossy"), WAYS.values(), ids=WAYS)
def test_class_ids(tmp_path: Path, name: str, options: dict[str, object], lossy: bool) -> None:
    path = tmp_path / name
    Image.fromarray(IDS).save(path, **options)
    assert is_lossy(path) == lossy
    if not lossy:
        assert read_mask(path, (8, 8))[0].tolist() == IDS.tolist()
        return
    with pytest.raises(DataError, match=f"{name}: it holds the value .*compression changes values.*PNG, not JPEG"):
        refuse_changed(IDS, path)  # whatever the decoder makes of them


def test_black_and_white_that_came_through_is_read(tmp_path: Path) -> None:
    Image.fromarray(BLACK_AND_WHITE).save(tmp_path / "a.jpg", quality=95)
    assert read_mask(tmp_path / "a.jpg", (16, 16))[0].tolist() == BLACK_AND_WHITE.tolist()


def test_one_beside_white_is_no_class(tmp_path: Path) -> None:
    """0, 1 and 255 in a JPEG file would make all of the foreground "not annotated"."""
    path = tmp_path / "a.jpg"
    Image.fromarray(BLACK_AND_WHITE).save(path, quality=95)
    refuse_changed(BLACK_AND_WHITE, path)
    with pytest.raises(DataError, match="it holds the value 1, and its compression"):
        refuse_changed(np.where(np.arange(16) == 3, 1, BLACK_AND_WHITE), path)


def test_conversion(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / "mine" / folder).mkdir(parents=True)
        Image.fromarray(IDS).save(tmp_path / "mine" / folder / "a.jpg", quality=90)
    with pytest.raises(DataError, match=r"masks/a.jpg: it holds the value .*compression changes values"):
        convert(tmp_path / "mine", tmp_path / "slices")
    assert not (tmp_path / "slices").exists()


def test_dicom(tmp_path: Path) -> None:
    for syntax, lossy in ((JPEGBaseline8Bit, True), (ExplicitVRLittleEndian, False)):
        file = pydicom.Dataset()
        file.file_meta = pydicom.dataset.FileMetaDataset()
        file.file_meta.TransferSyntaxUID = syntax
        file.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        file.Rows = file.Columns = 8
        file.save_as(tmp_path / "a.dcm", enforce_file_format=False)
        assert is_lossy(tmp_path / "a.dcm") == lossy


def test_tiff_of_pages(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([BLACK_AND_WHITE] * 2), compression="jpeg", metadata=None)
    assert is_lossy(tmp_path / "a.tif")
