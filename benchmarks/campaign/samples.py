"""Small data sets in each of the file formats that alseg reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

Pixels = NDArray[np.uint8]
SIDE = 24
"""Height and width of the images."""


def _dicom(path: Path, pixels: Pixels) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.SamplesPerPixel, file.PhotometricInterpretation, file.PixelRepresentation = 1, "MONOCHROME2", 0
    file.Rows, file.Columns = pixels.shape
    file.BitsAllocated, file.BitsStored, file.HighBit = 8, 8, 7
    file.PixelData = pixels.tobytes()
    file.save_as(path, enforce_file_format=True)


def _nifti(path: Path, pixels: Pixels) -> None:
    nibabel.save(nibabel.Nifti1Image(pixels.T[..., None], np.eye(4)), path)


SAMPLES: dict[str, Callable[[Path, Pixels], None]] = {
    ".png": lambda path, pixels: Image.fromarray(pixels).save(path),
    ".jpg": lambda path, pixels: Image.fromarray(pixels).save(path),
    ".bmp": lambda path, pixels: Image.fromarray(pixels).save(path),
    ".tif": lambda path, pixels: tifffile.imwrite(path, pixels, compression="zlib"),
    ".dcm": _dicom,
    ".nii.gz": _nifti,
    ".npy": lambda path, pixels: np.save(path, pixels),
}
"""Suffix to what writes an image of 8 bits."""


def data_set(root: Path, suffix: str, rng: np.random.Generator, images: int = 4) -> Path:
    """Write a folder of images with their masks and a manifest, and return it."""
    root.mkdir(parents=True)
    lines = ["id,image,mask,group,site"]
    for place in range(images):
        pixels = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
        SAMPLES[suffix](root / f"scan{place}{suffix}", pixels)
        Image.fromarray((pixels > 128).astype(np.uint8)).save(root / f"mask{place}.png")
        lines.append(f"scan{place},scan{place}{suffix},mask{place}.png,patient{place // 2},here")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root
