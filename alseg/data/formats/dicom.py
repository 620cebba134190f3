"""DICOM: one image, or the frames of one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.modality import modality_values
from alseg.data.formats.order import along_normal, corners
from alseg.data.formats.pixels import read_pixels
from alseg.data.formats.remark import reason
from alseg.data.formats.segments import ids_of, is_segmentation
from alseg.data.formats.spacing import pixel_spacing, slice_distance
from alseg.data.formats.stack import Stack
from alseg.data.formats.tags import open_dicom, plane, quiet
from alseg.errors import DataError


def read_dicom(path: Path, stored: bool = False) -> Stack:
    """Read frames as values of their modality (Hounsfield units for CT), bright where much is absorbed.

    See `modality_values` for the conversion.

    Args:
        path: the file.
        stored: for masks, whose class ids are the values that the file stores: not rescaled, not turned around (but for one
            bit), not looked up in a palette.

    Returns:
        Frames as stored: float32, uint8 where 8 bits are stored and not rescaled, bool of one bit, uint8 ``(S, H, W, 3)`` for
        colour. Those that state different places in the patient are sorted as those of a series are. A segmentation is class
        ids, see `ids_of`.

    Raises:
        DataError: if it is no DICOM file with pixels, or compressed in a way that cannot be read here.
    """
    try:
        with quiet():
            return _read(path, stored)
    except DataError:
        raise
    except Exception as error:  # TypeError, ValueError, ...: an attribute may hold anything
        raise DataError(
            f"{path}: it cannot be read as DICOM ({reason(error)}); one of its attributes may be wrong"
        ) from error


def _read(path: Path, stored: bool) -> Stack:
    file = open_dicom(path)
    _refuse_tiles(file, path)
    values = read_pixels(file, path, palettes=not stored)
    frames = shown = list(range(len(values)))
    photometric = str(file.PhotometricInterpretation)
    if is_segmentation(file):
        values, shown = ids_of(values, file, path)
    elif int(file.BitsAllocated) == 1:
        values = (values > 0) ^ (photometric == "MONOCHROME1")
    elif stored:
        _refuse_ambiguous(values, photometric, path)
    elif values.ndim == 3 and photometric != "PALETTE COLOR":
        values = modality_values(values, file, path)
    order, planes, distance = _order(file, path, shown)
    spacing = pixel_spacing(file, path, len(frames))
    stack = Stack(values[order], spacing, slice_distance(file) if distance is None else distance)
    if planes is None:
        return stack
    return Stack(stack.slices, stack.spacing, stack.distance, corners(planes, stack))


def _refuse_ambiguous(ids: NDArray[Any], photometric: str, path: Path) -> None:
    if photometric == "MONOCHROME1" and set(np.unique(ids).tolist()) == {0, 255}:
        raise DataError(
            f"{path}: it holds 0 and 255 with white as zero (MONOCHROME1), so that viewers show 255 as black: its foreground may "
            "be either; save it as MONOCHROME2"
        )


def _refuse_tiles(file: Any, path: Path) -> None:
    width, height = file.get("TotalPixelMatrixColumns"), file.get("TotalPixelMatrixRows")
    frames = int(file.get("NumberOfFrames") or 1)
    if width and height and frames > 1 and (int(width) > int(file.Columns) or int(height) > int(file.Rows)):
        raise DataError(
            f"{path}: its {frames} frames are tiles of one picture of {height}x{width} pixels, a whole slide; cut the regions "
            "that matter into pictures"
        )


def _order(file: Any, path: Path, frames: list[int]) -> tuple[Any, NDArray[np.float64] | None, float | None]:
    """Find the order of the frames, their planes and mm from one to the next, if they are the slices of a volume.

    Others stay as they are stored.
    """
    planes = [plane(file, path, i) for i in frames]
    if any(where is None for where in planes):
        return slice(None), None, None
    stated = np.array(planes)
    try:
        order, heights = along_normal(stated)
    except DataError:  # a film, a rotation, several echoes
        return slice(None), None, None
    return order, stated[order], float(np.median(np.diff(heights))) if len(heights) > 1 else None
