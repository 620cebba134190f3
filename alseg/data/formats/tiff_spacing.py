"""Size of a pixel of a TIFF file, where it surely is that of the patient or specimen and not of a print."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import tifffile

MM = {
    "mm": 1.0,
    "millimeter": 1.0,
    "cm": 10.0,
    "um": 0.001,
    "µm": 0.001,
    "μm": 0.001,
    "micron": 0.001,
    "microns": 0.001,
    "micrometer": 0.001,
    "nm": 1e-6,
}
"""Units of length that are not used for printing; inches are left out."""

Spacing = tuple[tuple[float, float] | None, float | None]


def spacing_of(file: tifffile.TiffFile, page: Any) -> Spacing:
    """Height and width of a pixel in mm, and mm from slice to slice; None where ImageJ or OME do not state them with a unit."""
    try:
        if file.is_ome:
            return _ome(file)
        if file.is_imagej:
            return _imagej(file, page)
    except Exception:  # metadata may hold anything; what cannot be parsed is not certain
        return None, None
    return None, None


def _imagej(file: tifffile.TiffFile, page: Any) -> Spacing:
    about = file.imagej_metadata or {}
    unit = MM.get(str(about.get("unit", "")).replace("\\u00B5", "µ"))
    down, along = (page.tags.valueof(tag) for tag in (283, 282))  # pixels for each unit, as fractions
    if unit is None or down is None or along is None or down == along == (1, 1):  # (1, 1) is also the default
        return None, None
    height, width = (unit * of / pixels for pixels, of in (down, along))
    distance = about.get("spacing")
    return _checked(height, width, None if distance is None else unit * float(distance))


def _ome(file: tifffile.TiffFile) -> Spacing:
    pixels = ElementTree.fromstring(file.ome_metadata or "").findall(".//{*}Pixels")
    if len(pixels) != 1:
        return None, None
    stated = pixels[0].attrib

    def side(axis: str) -> float | None:
        unit = MM.get(stated.get(f"PhysicalSize{axis}Unit", "µm"))
        size = stated.get(f"PhysicalSize{axis}")
        return None if unit is None or size is None else unit * float(size)

    height, width = side("Y"), side("X")
    return (None, None) if height is None or width is None else _checked(height, width, side("Z"))


def _checked(height: float, width: float, distance: float | None) -> Spacing:
    """Replace values that are no lengths by None."""
    if not (0 < height < float("inf") and 0 < width < float("inf")):
        return None, None
    return (height, width), distance if distance is not None and 0 < distance < float("inf") else None
