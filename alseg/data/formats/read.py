"""Any medical image."""

from __future__ import annotations

from pathlib import Path

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.kind import kind_of
from alseg.data.formats.nifti import Plane, read_nifti
from alseg.data.formats.picture import read_picture
from alseg.data.formats.series import read_series
from alseg.data.formats.stack import Stack
from alseg.data.formats.tiff import read_tiff


def read(path: Path, plane: Plane = "axial") -> Stack:
    """The slices of a file, or of a folder with a DICOM series; `kind_of` says which is read how.

    Args:
        path: the file or folder.
        plane: how to cut a NIfTI volume.

    Raises:
        DataError: one line that names the file and what is wrong with it.
    """
    match kind_of(path):
        case "NIfTI":
            return read_nifti(path, plane, channel=None)
        case "TIFF":
            return read_tiff(path)
        case "DICOM file":
            return read_dicom(path)
        case "DICOM series":
            return read_series(path)
        case "picture":
            return read_picture(path)
