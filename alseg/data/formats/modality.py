"""Convert stored grey values to those of the modality, such as Hounsfield units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.palette import entries, look_up
from alseg.data.formats.tags import tag
from alseg.errors import DataError

UNSCALED = (1.0, 0.0)


def modality_values(stored: NDArray[Any], file: Any, path: Path) -> NDArray[Any]:
    """Apply the modality lookup table, else slope and intercept, of each frame or of all; or the scaling of doses.

    MONOCHROME1 (0 is white) is turned around in the range of what is stored, or of the table's entries, so that radiographs
    of different makers look alike. How a viewer would show the values (VOI lookup table, window) is left to ``window``.

    Args:
        stored: ``(F, H, W)``.
        file: its header.
        path: for messages.

    Returns:
        float32; uint8 where 8 bits are stored and not rescaled.

    Raises:
        DataError: if slope or intercept is no number, or the table is not as the standard wants it.
    """
    white_is_zero = str(file.PhotometricInterpretation) == "MONOCHROME1"
    if table := file.get("ModalityLUTSequence"):
        return _by_table(stored, table[0], file, path, white_is_zero)
    scales = np.array([_scale(file, path, i) for i in range(len(stored))], np.float32)
    values = stored.astype(np.float32)
    if white_is_zero:
        lowest, highest = _range(file, path)
        values = lowest + highest - values
    if stored.dtype == np.uint8 and (scales == UNSCALED).all():
        return values.astype(np.uint8)
    values *= scales[:, :1, None]
    values += scales[:, 1:, None]
    return values


def _by_table(stored: NDArray[Any], table: Any, file: Any, path: Path, white_is_zero: bool) -> NDArray[Any]:
    descriptor, data = table.get("LUTDescriptor"), table.get("LUTData")
    if descriptor is None or data is None or len(descriptor) != 3:
        raise DataError(f"{path}: its modality lookup table lacks entries or what they are")
    little = not file.file_meta.TransferSyntaxUID.keyword.endswith("BigEndian")
    found = entries(descriptor, data, little, path)
    if white_is_zero:
        found = 2 ** int(descriptor[2]) - 1 - found
    narrow = int(descriptor[2]) <= 8 and found.max() <= 255
    return look_up(stored, int(descriptor[1]), found.astype(np.uint8 if narrow else np.float32))


def _scale(file: Any, path: Path, frame: int) -> tuple[float, float]:
    """Slope and intercept of a frame."""
    dose = file.get("DoseGridScaling")
    slope, intercept = (tag(file, name, frame) for name in ("RescaleSlope", "RescaleIntercept"))
    found = float(slope or dose or 1), float(intercept or 0)
    if not np.isfinite(found).all():
        raise DataError(f"{path}: its rescale slope and intercept are {found[0]} and {found[1]}; they must be numbers")
    return found


def _range(file: Any, path: Path) -> tuple[int, int]:
    """Least and largest value that can be stored."""
    if "PixelData" not in file:
        raise DataError(f"{path}: MONOCHROME1 has no meaning for real numbers; MONOCHROME2 has")
    bits = int(file.BitsStored)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if int(file.PixelRepresentation) else (0, 2**bits - 1)
