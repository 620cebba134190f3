"""DICOM attributes of a frame, from any place in the file."""

from __future__ import annotations

import logging
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.remark import reason
from alseg.errors import DataError

MACROS = {
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "ReferencedSegmentNumber": "SegmentIdentificationSequence",
}
"""Functional group of each attribute in an enhanced multi-frame file (DICOM PS3.3, C.7.6.16)."""
PREAMBLE, GROUP_LENGTH = 132, 12
"""Bytes before the group of the file's meta information, and of the element that states its length."""
ROOM, INFLATED = 2**28, 200
"""Bytes that every deflated file may expand to, and largest ratio to its own size for a longer one."""


def open_dicom(path: Path, **options: Any) -> Any:
    """Open a file's data set; ``options`` are those of ``pydicom.dcmread``. Files without a preamble can be read too.

    Raises:
        DataError: if it is no DICOM file, or damaged.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    with quiet():
        try:
            _refuse_large_deflated(path)
            try:
                file = pydicom.dcmread(path, **options)
            except InvalidDicomError as error:
                file = _without_preamble(path, options, error)
            if not len(file):  # pydicom's result for a file that ends within an element
                raise DataError(f"{path}: it ends before its pixels do; it is truncated, copy it again")
            _with_syntax(file)
            return file
        except DataError:
            raise
        except Exception as error:  # pydicom raises AttributeError, ValueError, OSError, EOFError, ...
            raise DataError(
                f"{path}: it cannot be read as DICOM ({reason(error)}); it may be truncated, copy it again"
            ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Silence pydicom's messages on nonstandard headers, and tracebacks of decoders: errors say what matters."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)


def _without_preamble(path: Path, options: dict[str, Any], error: Exception) -> Any:
    import pydicom

    try:
        file = pydicom.dcmread(path, force=True, **options)
        known = file.get("SOPClassUID") or file.get("Rows")  # other files may happen to give some elements
    except Exception:
        known = None
    if not known:
        raise DataError(f"{path}: it is not a DICOM file") from error
    return file


def _with_syntax(file: Any) -> None:
    """Set the transfer syntax where the file does not state it, as pydicom found it."""
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if not hasattr(file, "file_meta"):
        from pydicom.dataset import FileMetaDataset

        file.file_meta = FileMetaDataset()
    if not file.file_meta.get("TransferSyntaxUID"):
        implicit, little = file.original_encoding
        plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        file.file_meta.TransferSyntaxUID = plain if little else ExplicitVRBigEndian


def _refuse_large_deflated(path: Path) -> None:
    """Refuse a deflated file of a few bytes that would fill the memory."""
    from pydicom.filereader import read_file_meta_info
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    try:
        meta = read_file_meta_info(path)
    except Exception:  # reading it reports the error
        return
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    with path.open("rb") as file:
        file.seek(PREAMBLE + GROUP_LENGTH + int(meta.get("FileMetaInformationGroupLength", 0)))
        inflating, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
        most = max(ROOM, INFLATED * path.stat().st_size)
        while chunk := inflating.unconsumed_tail or file.read(2**16):
            size += len(inflating.decompress(chunk, 2**20))
            if size > most:
                raise DataError(f"{path}: it is deflated from more than {most:,} bytes, as no image is; copy it again")


def tag(file: Any, name: str, frame: int = 0) -> Any:
    """Look up the attribute of a frame, or None: in its functional group, else in the shared one, else in the file."""
    each = file.get("PerFrameFunctionalGroupsSequence") or []
    for groups in (*each[frame : frame + 1], *(file.get("SharedFunctionalGroupsSequence") or [])):
        for macro in groups.get(MACROS.get(name, "")) or []:
            if macro.get(name) is not None:
                return macro.get(name)
    return file.get(name)


def plane(file: Any, path: Path, frame: int = 0) -> NDArray[np.float64] | None:
    """``(9,)``: place of the first pixel (mm, patient's left, posterior, superior), and directions of row and column.

    None where the file does not state them.

    Raises:
        DataError: if they are not 3 and 6 numbers.
    """
    position, orientation = (tag(file, f"Image{what}Patient", frame) for what in ("Position", "Orientation"))
    if not position or not orientation:
        return None
    numbers = np.array([float(number) for number in (*position, *orientation)])
    if numbers.shape != (9,) or not np.isfinite(numbers).all():
        raise DataError(f"{path}: its position and orientation are {numbers.tolist()}; they must be 3 and 6 numbers")
    return numbers
