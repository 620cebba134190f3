"""DICOM attributes of a frame, wherever the file keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.errors import DataError

MACROS = {
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
}
"""In which functional group of an enhanced multi-frame file an attribute stands (DICOM PS3.3, C.7.6.16)."""


def open_dicom(path: Path, **options: Any) -> Any:
    """The file's data set; ``options`` are those of ``pydicom.dcmread``.

    Raises:
        DataError: if it is no DICOM file.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(path, **options)
    except InvalidDicomError as error:
        raise DataError(f"{path}: it is not a DICOM file") from error
    except Exception as error:  # pydicom raises AttributeError, ValueError, OSError, EOFError, ...
        raise DataError(f"{path}: it cannot be read ({' '.join(str(error).split())[:200]})") from error


def tag(file: Any, name: str, frame: int = 0) -> Any:
    """The attribute of a frame, or None: of the file, else of the frame's functional group, else of the shared one."""
    if file.get(name) is not None:
        return file.get(name)
    each = file.get("PerFrameFunctionalGroupsSequence") or []
    for groups in (*each[frame : frame + 1], *(file.get("SharedFunctionalGroupsSequence") or [])):
        for macro in groups.get(MACROS.get(name, "")) or []:
            if macro.get(name) is not None:
                return macro.get(name)
    return None


def plane(file: Any, path: Path, frame: int = 0) -> NDArray[np.float64] | None:
    """``(9,)``: where the first pixel lies (mm, patient's left, posterior, superior), and how rows and columns run.

    None where the file does not say.

    Raises:
        DataError: if it says something else than that.
    """
    position, orientation = (tag(file, f"Image{what}Patient", frame) for what in ("Position", "Orientation"))
    if not position or not orientation:
        return None
    numbers = np.array([float(number) for number in (*position, *orientation)])
    if numbers.shape != (9,) or not np.isfinite(numbers).all():
        raise DataError(f"{path}: its position and orientation are {numbers.tolist()}; they must be 3 and 6 numbers")
    return numbers
