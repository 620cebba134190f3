"""Read any medical image."""

from __future__ import annotations

from pathlib import Path

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.kind import Kind, kind_of
from alseg.data.formats.nifti import Plane, read_nifti
from alseg.data.formats.picture import read_picture
from alseg.data.formats.remark import reason
from alseg.data.formats.series import read_series
from alseg.data.formats.stack import Stack
from alseg.data.formats.tiff import read_tiff
from alseg.errors import DataError


def read(path: Path, plane: Plane = "axial", stored: bool = False) -> Stack:
    """Read the slices of a file, or of a folder with a DICOM series, by the reader of its `kind_of`.

    Args:
        path: the file or folder.
        plane: how to cut a NIfTI volume.
        stored: for masks, whose class ids are the values of the file; see `read_picture`, `read_tiff` and `read_dicom`.

    Raises:
        DataError: one line that names the file and what is wrong with it, whatever its header states.
    """
    kind = kind_of(path)
    try:
        stack = _stack(path, kind, plane, stored)
    except DataError:
        raise
    except Exception as error:  # TypeError, ValueError, ...: an attribute may hold anything
        raise DataError(
            f"{path}: it cannot be read as {kind} ({reason(error)}); one of its attributes may be wrong"
        ) from error
    if not stack.slices.size:
        raise DataError(f"{path}: it holds no pixels; its slices are {stack.slices.shape[1]}x{stack.slices.shape[2]}")
    dtype = stack.slices.dtype
    if dtype.kind not in "biuf":
        what = "of several values each" if dtype.names else str(dtype)
        raise DataError(f"{path}: its pixels are {what}; they must be whole or real numbers, one for each")
    return stack


def _stack(path: Path, kind: Kind, plane: Plane, stored: bool) -> Stack:
    match kind:
        case "NIfTI":
            return read_nifti(path, plane, channel=None)
        case "TIFF":
            return read_tiff(path, stored)
        case "DICOM file":
            return read_dicom(path, stored)
        case "DICOM series":
            return read_series(path, stored)
        case "picture":
            return read_picture(path, stored)
