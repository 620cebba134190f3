"""DICOM: one image, or the frames of one file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.order import along_normal, corners
from alseg.data.formats.stack import Stack
from alseg.data.formats.tags import open_dicom, plane, tag
from alseg.errors import DataError

SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
"""Where the size of a pixel may stand, the best first: in the patient, at the detector (radiographs), of a scanned film."""


def read_dicom(path: Path) -> Stack:
    """Frames as values of their modality (Hounsfield units for CT), bright where much is absorbed.

    Stored values are turned around where the photometric interpretation is MONOCHROME1 (0 is white), so that
    radiographs of different makers look alike; then the rescale slope and intercept are applied.

    Returns:
        Frames as stored: float32, uint8 where 8 bits are stored and not rescaled, uint8 ``(S, H, W, 3)`` for colour. Those
        that state different places in the patient are sorted as those of a series are.

    Raises:
        DataError: if it is no DICOM file with pixels, or compressed in a way that cannot be read here.
    """
    from pydicom.pixels.processing import convert_color_space

    file = open_dicom(path)
    try:
        if "PixelData" not in file:
            raise DataError(f"{path}: this DICOM file holds no image")
        photometric = str(file.PhotometricInterpretation)
        stored = file.pixel_array
        frames = int(file.get("NumberOfFrames", 1) or 1)
        if int(file.SamplesPerPixel) == 3:
            colours = convert_color_space(stored, photometric, "RGB") if photometric.startswith("YBR") else stored
            return Stack(colours if frames > 1 else colours[None], *_spacing(file, path))
    except DataError:
        raise
    except Exception as error:  # pydicom and its decoders raise AttributeError, RuntimeError, ValueError, OSError, ...
        raise DataError(f"{path}: it cannot be read ({' '.join(str(error).split())[:200]})") from error
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise DataError(f"{path}: its photometric interpretation is {photometric}; grey or RGB can be read")
    values = stored if frames > 1 else stored[None]
    order, planes = _order(file, path, len(values))
    stack = Stack(_rescaled(values, file, photometric)[order], *_spacing(file, path))
    return stack if planes is None else replace(stack, places=corners(planes, stack))


def _rescaled(stored: NDArray[Any], file: Any, photometric: str) -> NDArray[Any]:
    values = stored.astype(np.float32)
    if photometric == "MONOCHROME1":
        lowest, highest = _range(file)
        values = lowest + highest - values
    scale = np.array(
        [
            (float(tag(file, "RescaleSlope", i) or 1), float(tag(file, "RescaleIntercept", i) or 0))
            for i in range(len(stored))
        ],
        np.float32,
    )
    if stored.dtype == np.uint8 and (scale == (1, 0)).all() and values.min() >= 0:
        return values.astype(np.uint8)
    return values * scale[:, :1, None] + scale[:, 1:, None]


def _order(file: Any, path: Path, frames: int) -> tuple[Any, NDArray[np.float64] | None]:
    """The order of the frames, and their planes if they are the slices of a volume; others stay as they are stored."""
    planes = [plane(file, path, i) for i in range(frames)]
    if any(where is None for where in planes):
        return slice(None), None
    stated = np.array(planes)
    try:
        order, _ = along_normal(stated)
    except DataError:  # a film, a rotation, several echoes
        return slice(None), None
    return order, stated[order]


def _range(file: Any) -> tuple[int, int]:
    """The least and the largest value that can be stored."""
    bits = int(file.BitsStored)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if int(file.PixelRepresentation) else (0, 2**bits - 1)


def _spacing(file: Any, path: Path) -> tuple[tuple[float, float] | None, float | None]:
    sides: NDArray[np.float64] | None = None
    for name in SPACINGS:
        if (stated := tag(file, name)) is not None:
            sides = np.array([float(side) for side in stated])
            break
    between = tag(file, "SpacingBetweenSlices") or tag(file, "SliceThickness")
    if sides is None:
        return None, float(between) if between else None
    if sides.shape != (2,) or not (np.isfinite(sides) & (sides > 0)).all():
        raise DataError(f"{path}: its pixel spacing is {sides.tolist()}; it must be two positive numbers of mm")
    return (float(sides[0]), float(sides[1])), float(between) if between else None
