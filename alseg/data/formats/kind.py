"""Kind of a medical image file, found before any pixel is read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Kind = Literal["DICOM series", "DICOM file", "NIfTI", "TIFF", "picture"]

SUFFIXES: dict[str, Kind] = {
    ".nii.gz": "NIfTI",
    ".nii": "NIfTI",
    ".hdr": "NIfTI",
    ".img": "NIfTI",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".dcm": "DICOM file",
    ".dicom": "DICOM file",
}
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of TIFF files of either byte order, classic and BigTIFF."""
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".webp", ".jp2")

WITHOUT_PREAMBLE = tuple(
    bytes((group, 0, element, 0))
    for group, elements in ((2, (0, 1, 2)), (8, (0, 1, 5, 8, 16, 18, 22, 24)))
    for element in elements
)
"""First bytes of DICOM files without a preamble: their first element, in groups 2 or 8."""


def kind_of(path: Path) -> Kind:
    """Find the kind of a file by its suffix; else DICOM if it starts as DICOM files do.

    Scanners name files ``IM0001`` or by a UID full of dots, and old ones have no preamble. TIFF files and pictures are
    told apart by their first bytes, whatever their suffix. A folder is a DICOM series.
    """
    if path.is_dir():
        return "DICOM series"
    name = path.name.lower()
    start = _start(path)
    for suffix, kind in SUFFIXES.items():
        if name.endswith(suffix) and (kind != "TIFF" or len(start) < 4):
            return kind
    if start.startswith(TIFF_STARTS):
        return "TIFF"
    if name.endswith((*PICTURES, ".tif", ".tiff")):
        return "picture"
    return "DICOM file" if start[128:] == b"DICM" or start[:4] in WITHOUT_PREAMBLE else "picture"


def is_tiff(path: Path) -> bool:
    """True if a file starts as TIFF files do, whatever its suffix."""
    return _start(path).startswith(TIFF_STARTS)


def stem(path: Path) -> str:
    """Name without the suffix of its format; ``.nii.gz`` is one suffix, and the end of a UID is none."""
    for suffix in (*SUFFIXES, *PICTURES):
        if path.name.lower().endswith(suffix) and not path.is_dir():
            return path.name[: -len(suffix)]
    return path.name


def is_half(path: Path) -> bool:
    """True if a file is the header of a NIfTI pair, whose voxels are in another file."""
    return path.suffix == ".hdr" and path.with_suffix(".img").exists()


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(132)
    except OSError:
        return b""
