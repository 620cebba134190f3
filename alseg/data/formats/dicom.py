"""DICOM: one image, or the frames of one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.stack import Stack
from alseg.errors import DataError

SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
"""Where the size of a pixel may stand, the best first: in the patient, at the detector (radiographs), of a scanned film."""


def read_dicom(path: Path) -> Stack:
    """Frames as values of their modality (Hounsfield units for CT), bright where much is absorbed.

    Stored values are turned around where the photometric interpretation is MONOCHROME1 (0 is white), so that
    radiographs of different makers look alike; then the rescale slope and intercept are applied.

    Returns:
        float32 frames, or uint8 ``(S, H, W, 3)`` for colour.

    Raises:
        DataError: if it is no DICOM file with pixels, or compressed in a way that cannot be read here.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError
    from pydicom.pixels.processing import convert_color_space

    try:
        file = pydicom.dcmread(path)
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
    except InvalidDicomError as error:
        raise DataError(f"{path}: it is not a DICOM file") from error
    except Exception as error:  # pydicom and its decoders raise AttributeError, RuntimeError, ValueError, OSError, ...
        raise DataError(f"{path}: it cannot be read ({' '.join(str(error).split())[:200]})") from error
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise DataError(f"{path}: its photometric interpretation is {photometric}; grey or RGB can be read")
    values = stored.astype(np.float32)
    if photometric == "MONOCHROME1":
        lowest, highest = _range(file)
        values = lowest + highest - values
    values = values * float(file.get("RescaleSlope", 1) or 1) + float(file.get("RescaleIntercept", 0) or 0)
    return Stack(values if frames > 1 else values[None], *_spacing(file, path))


def _range(file: Any) -> tuple[int, int]:
    """The least and the largest value that can be stored."""
    bits = int(file.BitsStored)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if int(file.PixelRepresentation) else (0, 2**bits - 1)


def _spacing(file: Any, path: Path) -> tuple[tuple[float, float] | None, float | None]:
    sides: NDArray[np.float64] | None = None
    for name in SPACINGS:
        if file.get(name) is not None:
            sides = np.array([float(side) for side in file.get(name)])
            break
    between = file.get("SpacingBetweenSlices") or file.get("SliceThickness")
    if sides is None:
        return None, float(between) if between else None
    if sides.shape != (2,) or not (np.isfinite(sides) & (sides > 0)).all():
        raise DataError(f"{path}: its pixel spacing is {sides.tolist()}; it must be two positive numbers of mm")
    return (float(sides[0]), float(sides[1])), float(between) if between else None
