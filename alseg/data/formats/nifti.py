"""NIfTI: volumes in a canonical orientation, cut into slices."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import nibabel as _nibabel
import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.remark import reason
from alseg.data.formats.stack import Stack
from alseg.data.formats.voxels import refuse_oversized, side_lengths, trusted_affine
from alseg.errors import DataError

nibabel: Any = _nibabel  # parts of it have no types

Plane = Literal["axial", "coronal", "sagittal"]

AXES: dict[Plane, tuple[int, int, int]] = {"axial": (2, 1, 0), "coronal": (1, 2, 0), "sagittal": (0, 2, 1)}
"""Axes of each plane: across, of the rows and of the columns, among right, anterior and superior."""


def read_nifti(path: Path, plane: Plane = "axial", channel: int | tuple[int, ...] | None = 0) -> Stack:
    """Read the slices of a volume in the radiological orientation, however the file stores them.

    Axial: rows from anterior to posterior, columns from the patient's right to left. Coronal: rows from superior to
    inferior, columns from right to left. Sagittal: rows from superior to inferior, columns from anterior to posterior.
    Slices go from inferior to superior, posterior to anterior, left to right. Oblique volumes are turned to the nearest
    axes, not resampled.

    Args:
        path: ``.nii`` or ``.nii.gz``, or one file of a pair, ``.hdr`` and ``.img``.
        plane: how to cut.
        channel: of a 4-D file; of several, slices are ``(S, H, W, channels)``; None for files that must have one only.

    Returns:
        Values with the file's own scaling applied; RGB as ``(S, H, W, 3)``. The size of a voxel is that of the affine, see
        `trusted_affine`; None where the file states neither an affine nor a ``pixdim``. A flat file (one voxel deep along an
        axis) is cut there alone, whatever the plane.

    Raises:
        DataError: if it is no NIfTI file, is truncated, is not 2-D to 4-D, has an invalid affine, or has no such channel,
            or several for None.
    """
    try:
        with _quiet():
            image, sized = _turned(path)
            values = np.asanyarray(image.dataobj)
    except DataError:
        raise
    except Exception as error:  # nibabel raises ImageFileError, HeaderDataError, OSError, EOFError, zlib.error, ...
        raise DataError(
            f"{path}: it cannot be read as NIfTI ({reason(error)}); the file may be truncated, copy it again"
        ) from error
    affine = np.asarray(image.affine)
    zooms = side_lengths(affine).tolist()
    values = _channels(values, channel, path)
    flat = [axis for axis, side in enumerate(values.shape[:3]) if side == 1]
    across, down, along = AXES[plane] if len(flat) != 1 else next(axes for axes in AXES.values() if axes[0] == flat[0])
    slices: NDArray[Any] = values.transpose(across, down, along, *range(3, values.ndim))[:, ::-1, ::-1]
    if values.dtype.names and values.dtype.names[:3] == ("R", "G", "B") and slices.ndim == 3:
        slices = np.stack([slices[channel] for channel in "RGB"], axis=-1)
    slices = np.ascontiguousarray(slices)
    if not sized:
        return Stack(slices)
    corners = np.zeros((values.shape[across], 3, 3))
    corners[..., across] = np.arange(len(corners))[:, None]
    corners[:, :2, down] = values.shape[down] - 1
    corners[:, ::2, along] = values.shape[along] - 1
    places: NDArray[np.float64] = corners @ affine[:3, :3].T + affine[:3, 3]
    return Stack(slices, (zooms[down], zooms[along]), zooms[across], places)


def _turned(path: Path) -> tuple[Any, bool]:
    """Load the image in the closest canonical orientation, its affine in mm, and whether the voxel size is stated."""
    image = nibabel.load(path)
    if not isinstance(image, nibabel.Nifti1Pair):
        raise DataError(
            f"{path}: it is of the kind {type(image).__name__.removesuffix('Image')}, not NIfTI, and does not surely say where "
            "left and right are; save it as .nii.gz"
        )
    refuse_oversized(image, path)
    affine, sized = trusted_affine(image, path)
    data = image.dataobj
    if len(image.shape) == 2:
        data = np.asanyarray(data)[..., None]
    return nibabel.as_closest_canonical(nibabel.Nifti1Image(data, affine, image.header)), sized


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence nibabel's messages on nonstandard headers; this module logs those that matter."""
    logger = logging.getLogger("nibabel.global")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _channels(values: NDArray[Any], channel: int | tuple[int, ...] | None, path: Path) -> NDArray[Any]:
    """``(X, Y, Z)``, or with several channels ``(X, Y, Z, channels)``; see `read_nifti`."""
    while values.ndim > 4 and values.shape[-1] == 1:
        values = values[..., 0]
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
