"""DICOM and NIfTI files with pixels that a test states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


def dicom(path: Path, pixels: np.ndarray, photometric: str = "MONOCHROME2", bits: int = 12, **tags: Any) -> Path:
    """One file; ``tags`` by their keywords."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    colour = photometric == "RGB"
    file.SamplesPerPixel = 3 if colour else 1
    if colour:
        file.PlanarConfiguration = 0
    shape = pixels.shape[:-1] if colour else pixels.shape
    file.Rows, file.Columns = shape[-2:]
    if len(shape) == 3:
        file.NumberOfFrames = shape[0]
    file.PhotometricInterpretation = photometric
    file.BitsAllocated = 8 * pixels.itemsize
    file.BitsStored, file.HighBit = (8, 7) if colour else (bits, bits - 1)
    file.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    for name, value in tags.items():
        setattr(file, name, value)
    file.PixelData = pixels.tobytes()
    file.save_as(path, enforce_file_format=True)
    return path


def coded(
    path: Path,
    pixels: bytes | list[bytes],
    shape: tuple[int, ...],
    photometric: str,
    syntax: UID = ExplicitVRLittleEndian,
    bits: tuple[int, int] = (8, 8),
    signed: bool = False,
    **tags: Any,
) -> Path:
    """One file of pixels that are coded already: the bytes of all frames, or a compressed frame each.

    ``shape`` is height, width and, in colour, 3; ``bits`` are those stored and those allocated.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    file = FileDataset(
        str(path),
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
    )
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.Rows, file.Columns = shape[:2]
    file.SamplesPerPixel = shape[2] if len(shape) > 2 else 1
    if len(shape) > 2:
        file.PlanarConfiguration = 0
    file.PhotometricInterpretation = photometric
    file.BitsStored, file.BitsAllocated = bits
    file.HighBit, file.PixelRepresentation = bits[0] - 1, int(signed)
    for name, value in tags.items():
        setattr(file, name, value)
    file.PixelData = pixels if isinstance(pixels, bytes) else encapsulate(pixels)
    file["PixelData"].VR = "OB" if bits[1] <= 8 or not isinstance(pixels, bytes) else "OW"
    file["PixelData"].is_undefined_length = not isinstance(pixels, bytes)
    file.save_as(path, enforce_file_format=True)
    return path


def groups(**macros: dict[str, Any]) -> Dataset:
    """A functional group of an enhanced DICOM file: macros of one item each."""
    found = Dataset()
    for macro, values in macros.items():
        item = Dataset()
        for name, value in values.items():
            setattr(item, name, value)
        setattr(found, macro, Sequence([item]))
    return found


def nifti(path: Path, values: np.ndarray, affine: Any, unit: str = "mm") -> Path:
    """One file of int16 values."""
    image = nibabel.Nifti1Image(values.astype(np.int16), np.array(affine, dtype=float))
    image.header.set_xyzt_units(unit)
    nibabel.save(image, path)
    return path
