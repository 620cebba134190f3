"""Results of Label Studio, which are lists of regions or choices, to masks and classes and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.brush import brush_of, mask_of_brush
from alseg.data.formats.polygon import mask_of_polygon
from alseg.errors import DataError
from alseg.oracles.people.checks import check_size, class_id
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


def class_in(result: Sequence[Mapping[str, Any]], classes: Sequence[str], source: str) -> int:
    """Class of an annotation, which is called ``source`` in the errors.

    Raises:
        DataError: if it is not one choice of a known class.
    """
    choices = [name for part in result if part.get("type") == "choices" for name in part["value"].get("choices", ())]
    if len(choices) != 1:
        raise DataError(f"{source}: it has {len(choices)} choices; one class must be chosen")
    return class_id(str(choices[0]), classes, source)


def mask_in(
    result: Sequence[Mapping[str, Any]], classes: Sequence[str], size: tuple[int, int], source: str
) -> NDArray[np.uint8]:
    """Mask ``(h, w)`` of an annotation; where regions overlap, the later one lies on top, as on the screen.

    Args:
        result: brush strokes and polygons; none at all is background everywhere.
        classes: names, in the order of their ids.
        size: height and width of the image that was shown.
        source: the annotation, for the errors.

    Raises:
        DataError: if a region is of another size, class or kind, or damaged.
    """
    mask = np.zeros(size, dtype=np.uint8)
    for part in result:
        kind, value = str(part.get("type")), part.get("value", {})
        if kind not in ("brushlabels", "polygonlabels"):
            raise DataError(f"{source}: it has a region of type {kind}; draw with the brush or as a polygon")
        labels = value.get(kind, ())
        if len(labels) != 1:
            raise DataError(f"{source}: a region has {len(labels)} labels; give it one")
        check_size((part.get("original_height", 0), part.get("original_width", 0)), size, source)
        if part.get("image_rotation"):
            raise DataError(f"{source}: it was drawn on the turned image; turn it back and draw anew")
        try:
            where = _drawn(kind, value, size)
        except ValueError as error:
            raise DataError(f"{source}: a region cannot be read: {error}; draw it anew") from error
        mask[where] = class_id(str(labels[0]), classes, source)
    return mask


def _drawn(kind: str, value: Mapping[str, Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    if kind == "brushlabels":
        return mask_of_brush(value.get("rle") or (), size)
    points = np.array(value.get("points") or np.zeros((0, 2)), dtype=np.float64)  # in percent of the image
    return mask_of_polygon(points * np.array([size[1], size[0]]) / 100, size)
