"""NIfTI: volumes in a canonical orientation, cut into slices."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import nibabel as _nibabel
import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.stack import Stack
from alseg.errors import DataError

nibabel: Any = _nibabel  # parts of it have no types

Plane = Literal["axial", "coronal", "sagittal"]

AXES: dict[Plane, tuple[int, int, int]] = {"axial": (2, 1, 0), "coronal": (1, 2, 0), "sagittal": (0, 2, 1)}
"""Of each plane: the axis across, that of the rows and that of the columns, among right, anterior and superior."""
MM = {"unknown": 1.0, "mm": 1.0, "meter": 1000.0, "micron": 0.001}


def read_nifti(path: Path, plane: Plane = "axial", channel: int | tuple[int, ...] | None = 0) -> Stack:
    """The slices of a volume, turned so that they look as radiologists are used to, however the file stores them.

    Axial: rows from anterior to posterior, columns from the patient's right to left. Coronal: rows from superior to
    inferior, columns from right to left. Sagittal: rows from superior to inferior, columns from anterior to posterior.
    Slices go from inferior to superior, posterior to anterior, left to right. Oblique volumes are turned to the nearest
    axes, not resampled.

    Args:
        path: ``.nii`` or ``.nii.gz``.
        plane: how to cut.
        channel: of a 4-D file; of several, slices are ``(S, H, W, channels)``; None for files that must have one only.

    Returns:
        Values with the file's own scaling applied. A flat file (one voxel deep along an axis) is cut there alone,
        whatever the plane.

    Raises:
        DataError: if it is no NIfTI file, is truncated, is not 2-D to 4-D, or has no such channel, or several for None.
    """
    try:
        image = nibabel.load(path)
        if len(image.shape) == 2:
            image = nibabel.Nifti1Image(np.asanyarray(image.dataobj)[..., None], image.affine, image.header)
        image = nibabel.as_closest_canonical(image)
        values = np.asanyarray(image.dataobj)
        unit = image.header.get_xyzt_units()[0]
        zooms = [float(side) * MM[unit] for side in image.header.get_zooms()[:3]]
        affine = np.asarray(image.affine) * MM[unit]
    except Exception as error:  # nibabel raises ImageFileError, HeaderDataError, OSError, EOFError, zlib.error, ...
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"{path}: it cannot be read as NIfTI ({reason}); the file may be truncated, copy it again"
        ) from error
    values = _channels(values, channel, path)
    flat = [axis for axis, side in enumerate(values.shape[:3]) if side == 1]
    across, down, along = AXES[plane] if len(flat) != 1 else next(axes for axes in AXES.values() if axes[0] == flat[0])
    slices: NDArray[Any] = values.transpose(across, down, along, *range(3, values.ndim))[:, ::-1, ::-1]
    corners = np.zeros((values.shape[across], 3, 3))
    corners[..., across] = np.arange(len(corners))[:, None]
    corners[:, :2, down] = values.shape[down] - 1
    corners[:, ::2, along] = values.shape[along] - 1
    places: NDArray[np.float64] = corners @ affine[:3, :3].T + affine[:3, 3]
    return Stack(np.ascontiguousarray(slices), (zooms[down], zooms[along]), zooms[across], places)


def _channels(values: NDArray[Any], channel: int | tuple[int, ...] | None, path: Path) -> NDArray[Any]:
    """``(X, Y, Z)``, or with several channels ``(X, Y, Z, channels)``; see `read_nifti`."""
    if not 3 <= values.ndim <= 4:
        raise DataError(f"{path}: it has {values.ndim} dimensions; a volume has 3")
    several = isinstance(channel, tuple)
    if values.ndim == 3:
        if not several:
            return values
        values = values[..., None]
    there = values.shape[3]
    if channel is None and there > 1:
        raise DataError(f"{path}: it has {there} channels or time points; save one as a file of its own")
    for number in channel if isinstance(channel, tuple) else (channel or 0,):
        if not 0 <= number < there:
            raise DataError(f"{path}: it has {there} channels, and number {number} is asked for (from 0)")
    chosen: NDArray[Any] = values[..., channel if several else channel or 0]
    return chosen
