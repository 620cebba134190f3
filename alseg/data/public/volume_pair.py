"""Read a NIfTI volume of a public data set and its mask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from alseg.data.formats.stack import Stack
from alseg.errors import DataError

if TYPE_CHECKING:  # nibabel is imported when a volume is read
    from alseg.data.formats.nifti import Plane


def read_pair(
    image: Path, mask: Path, plane: Plane = "axial", channel: int | tuple[int, ...] = 0
) -> tuple[Stack, NDArray[Any]]:
    """Return the slices of the image, and the values of the mask, ``(S, H, W)``.

    Args:
        image: NIfTI file of 3 or 4 dimensions.
        mask: NIfTI file of 3.
        plane: how to cut both.
        channel: of the image, see `read_nifti`.

    Raises:
        DataError: as `read_nifti` does, or if the mask has other sides than the image.
    """
    from alseg.data.formats.nifti import read_nifti

    scan, labels = read_nifti(image, plane, channel), read_nifti(mask, plane)
    if scan.slices.shape[:3] != labels.slices.shape:
        raise DataError(f"{mask}: it has {labels.slices.shape} voxels and its image {scan.slices.shape[:3]}")
    return scan, labels.slices
