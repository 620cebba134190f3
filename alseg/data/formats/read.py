"""Any medical image file, by its name."""

from __future__ import annotations

from pathlib import Path

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.nifti import Plane, read_nifti
from alseg.data.formats.picture import read_picture
from alseg.data.formats.stack import Stack
from alseg.data.formats.tiff import read_tiff


def read(path: Path, plane: Plane = "axial") -> Stack:
    """The slices of a file: ``.dcm`` (or no suffix) DICOM, ``.nii`` and ``.nii.gz`` NIfTI, ``.tif`` TIFF, else a picture.

    Args:
        path: the file.
        plane: how to cut a NIfTI volume.

    Raises:
        DataError: one line that names the file and what is wrong with it.
    """
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return read_nifti(path, plane)
    if name.endswith((".tif", ".tiff")):
        return read_tiff(path)
    if name.endswith((".dcm", ".dicom")) or not path.suffix:
        return read_dicom(path)
    return read_picture(path)
