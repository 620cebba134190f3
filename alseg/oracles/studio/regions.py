"""Results of Label Studio, which are lists of regions or choices, to masks and classes and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.brush import brush_of, mask_of_brush
from alseg.data.formats.polygon import mask_of_polygon
from alseg.oracles.studio.labelling import Control

Result = list[dict[str, Any]]
"""What an annotation or prediction holds, as JSON."""


def painted(mask: NDArray[np.uint8], classes: Sequence[str], control: Control) -> Result:
    """One brush region for every class but the background that a mask ``(h, w)`` of class ids holds."""
    height, width = mask.shape
    return [
        {
            "id": f"class{number}",
            "type": "brushlabels",
            "from_name": control.name,
            "to_name": control.image,
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "value": {"format": "rle", "rle": brush_of(mask == number), "brushlabels": [classes[number]]},
        }
        for number in range(1, len(classes))
        if (mask == number).any()
    ]


def chosen(number: int, classes: Sequence[str], control: Control) -> Result:
    """One choice."""
    value = {"choices": [classes[number]]}
    return [{"id": "class", "type": "choices", "from_name": control.name, "to_name": control.image, "value": value}]


def class_in(result: Sequence[Mapping[str, Any]], classes: Sequence[str]) -> int:
    """Class of an annotation.

    Raises:
        ValueError: if it is not one choice of a known class.
    """
    choices = [name for part in result if part.get("type") == "choices" for name in part["value"].get("choices", ())]
    if len(choices) != 1:
        raise ValueError(f"it has {len(choices)} choices; one class must be chosen")
    if choices[0] not in classes:
        raise ValueError(f"{choices[0]!r} is no class; there are {', '.join(classes)}")
    return list(classes).index(choices[0])


def mask_in(result: Sequence[Mapping[str, Any]], classes: Sequence[str], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Mask ``(h, w)`` of an annotation; where regions overlap, the later one lies on top, as on the screen.

    Args:
        result: brush strokes and polygons; none at all is background everywhere.
        classes: names, in the order of their ids.
        size: height and width of the image that was shown.

    Raises:
        ValueError: if a region is of another size, class or kind, or damaged.
    """
    mask = np.zeros(size, dtype=np.uint8)
    for part in result:
        kind, value = str(part.get("type")), part.get("value", {})
        if kind not in ("brushlabels", "polygonlabels"):
            raise ValueError(f"it has a region of type {kind}; brush and polygon are understood")
        labels = value.get(kind, ())
        if len(labels) != 1 or labels[0] not in classes:
            there = ", ".join(classes[1:])
            raise ValueError(
                f"a region has the label {', '.join(map(str, labels)) or 'none'}; it must be one of {there}"
            )
        if (part.get("original_height"), part.get("original_width")) != size:
            drawn = f"{part.get('original_height')}x{part.get('original_width')}"
            raise ValueError(f"it was drawn on {drawn} pixels (height x width), and the image has {size[0]}x{size[1]}")
        if part.get("image_rotation"):
            raise ValueError("it was drawn on the turned image; turn it back and draw again")
        if kind == "brushlabels":
            where = mask_of_brush(value.get("rle"), size)
        else:
            scale = np.array([size[1], size[0]]) / 100  # points are in percent of the image
            where = mask_of_polygon(np.array(value.get("points") or np.zeros((0, 2)), dtype=np.float64) * scale, size)
        mask[where] = list(classes).index(labels[0])
    return mask


def seconds_in(annotation: Mapping[str, Any]) -> float | None:
    """``lead_time``; None where the server does not know it.

    Raises:
        ValueError: if it is negative, or no number.
    """
    seconds = annotation.get("lead_time")
    if seconds is None:
        return None
    if not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"its lead_time is {seconds}; it must be a number of seconds from 0")
    return float(seconds)
