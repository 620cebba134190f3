"""Size of a pixel of a DICOM file, from any attribute that states it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from alseg.data.formats.remark import remark
from alseg.data.formats.tags import tag
from alseg.errors import DataError

PLACES = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
"""Attributes of the pixel size, the best first: in the patient, at the detector (radiographs), of a scanned film."""
TWO_DIMENSIONS, CENTIMETRES = 1, 3
"""Codes of ultrasound regions: their spatial format, and their physical unit (DICOM PS3.3, C.8.5.5)."""
CLOSE = 0.01
"""Tolerance of sizes: regions state them with few digits."""

Sides = tuple[float, float]


def pixel_spacing(file: Any, path: Path, frames: int = 1) -> Sides | None:
    """Height and width of a pixel in mm; None where the file states none, or an invalid one, which is logged.

    Ultrasound states it for each region of its picture: it counts where all regions of two dimensions agree.

    Raises:
        DataError: if frames have pixels of different sizes.
    """
    found = [_of_frame(file, path, i) for i in range(frames)] if "PerFrameFunctionalGroupsSequence" in file else []
    if any(sides != found[0] for sides in found):
        raise DataError(
            f"{path}: its frames have pixels of different sizes; save frames of one size as a file of their own"
        )
    stated = found[0] if found else _of_frame(file, path, 0)
    regions = _of_regions(file)
    if stated is None:
        return regions
    if regions is not None and not np.allclose(stated, regions, rtol=CLOSE):
        remark(
            path, "its pixel spacing is %s mm and that of its ultrasound regions %s; the former counts", stated, regions
        )
    return stated


def slice_distance(file: Any) -> float | None:
    """Distance of slices in mm where no places are stated: the spacing between slices, else their thickness."""
    for name in ("SpacingBetweenSlices", "SliceThickness"):
        try:
            if between := abs(float(tag(file, name) or 0)):
                return between if np.isfinite(between) else None
        except (TypeError, ValueError):
            continue
    return None


def _of_frame(file: Any, path: Path, frame: int) -> Sides | None:
    for name in PLACES:
        if (stated := tag(file, name, frame)) in (None, ""):
            continue
        try:
            height, width = (float(side) for side in stated)
        except (TypeError, ValueError):
            height = width = np.nan
        if np.isfinite(height) and np.isfinite(width) and height > 0 and width > 0:
            return height, width
        remark(
            path, f"its {name} is %s, which is no size: two positive numbers of mm are; it counts as not stated", stated
        )
    return None


def _of_regions(file: Any) -> Sides | None:
    found = []
    for region in file.get("SequenceOfUltrasoundRegions") or []:
        if region.get("RegionSpatialFormat", TWO_DIMENSIONS) != TWO_DIMENSIONS:  # of time or of frequencies
            continue
        if {region.get(f"PhysicalUnits{axis}Direction") for axis in "XY"} != {CENTIMETRES}:
            return None
        found.append([abs(float(region.get(f"PhysicalDelta{axis}") or 0)) * 10 for axis in "YX"])
    if not found or not (np.isfinite(found) & (np.array(found) > 0)).all():
        return None
    return (found[0][0], found[0][1]) if np.allclose(found, found[0], rtol=CLOSE) else None
