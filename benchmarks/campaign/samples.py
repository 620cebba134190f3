"""Small data sets in each of the file formats that alseg reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from alseg.cli import main

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
    image: Any = nibabel.Nifti1Image
    nibabel.save(image(pixels.T[..., None], np.eye(4)), path)


SAMPLES: dict[str, Callable[[Path, Pixels], object]] = {
    ".png": lambda path, pixels: Image.fromarray(pixels).save(path),
    ".jpg": lambda path, pixels: Image.fromarray(pixels).save(path),
    ".bmp": lambda path, pixels: Image.fromarray(pixels).save(path),
    ".tif": lambda path, pixels: tifffile.imwrite(path, pixels, compression="zlib"),
    ".dcm": _dicom,
    ".nii.gz": _nifti,
}
"""Suffix to what writes an image of 8 bits."""


VOLUMES = (".dcm", ".nii.gz")
"""Suffixes of what is converted into a data set first."""


def data_set(root: Path, suffix: str, rng: np.random.Generator, images: int = 4) -> Path:
    """Write a folder of images with their masks and a manifest, and return it."""
    root.mkdir(parents=True)
    lines = ["id,image,mask,group,site"]
    for place in range(images):
        pixels = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
        SAMPLES[suffix](root / f"scan{place}{suffix}", pixels)
        ending = suffix if suffix == ".nii.gz" else ".png"
        SAMPLES[ending](root / f"mask{place}{ending}", (pixels > 128).astype(np.uint8))
        lines.append(f"scan{place},scan{place}{suffix},mask{place}{ending},patient{place // 2},here")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


SMALL_NETWORK = ("learner.encoder=test_efficientnet", "learner.weights=none")
SMALL = (
    *("data.size=32", "trainer.steps=1", "trainer.batch_size=2"),
    *(
        "trainer.accelerator=cpu",
        "budget.initial=3",
        "budget.query=2",
        "budget.rounds=2",
        "logger=csv",
        "embedding=pixels",
    ),
)
"""Settings of runs that take seconds."""


def live_settings() -> list[str]:
    """Settings of runs that wait for people to answer in files."""
    return ["data.task=segmentation", "data.classes=[background,lesion]", "oracle=folder", "map=none"]


def live_command(scans: Path, run: Path) -> list[str]:
    """Command of such a run."""
    return ["run", "data=folder", f"data.root={scans}", *live_settings(), *SMALL, *SMALL_NETWORK, f"run_dir={run}"]


def make_runs(folder: Path) -> Path:
    """Make a run that is ``done`` and one that is ``waiting`` for its first answers, on images in ``scans`` and ``unlabelled``."""
    rng = np.random.default_rng(0)
    scans, unlabelled = (data_set(folder / name, ".png", rng, images=16) for name in ("scans", "unlabelled"))
    assert main(["run", "data=folder", f"data.root={scans}", *SMALL, *SMALL_NETWORK, f"run_dir={folder / 'done'}"]) == 0
    table = (unlabelled / "manifest.csv").read_text(encoding="utf-8").replace("id,image,mask,", "id,image,seen,")
    (unlabelled / "manifest.csv").write_text(table, encoding="utf-8")
    assert main(live_command(unlabelled, folder / "waiting")) == 0
    return folder
