"""DICOM and NIfTI files with pixels that a test states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


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
