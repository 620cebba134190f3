"""Join several mask files of one image to one: one file per nucleus, per lung, per organ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.pair import read_values
from alseg.data.formats.lossy import is_jpeg
from alseg.data.formats.nifti import Plane
from alseg.data.formats.stack import Stack
from alseg.errors import DataError

How = Literal["any", "class"]


@dataclass(frozen=True)
class Join:
    """Rule by which masks are joined to one.

    Args:
        how: ``any``: 255 where any mask is set, else 0. ``class``: the id of the class in a file's name.
        classes: names of the ids from 1, for ``class``.
        ordered: whether somebody stated this order: then, where masks overlap, the later class wins. Else none may overlap.
    """

    how: How
    classes: tuple[str, ...] = ()
    ordered: bool = False


def joined(
    masks: tuple[tuple[Path, str | None], ...], rule: Join, image: Path, scan: Stack, plane: Plane
) -> tuple[NDArray[np.uint8], int]:
    """Join masks, each of which is set where it is not 0: 0 and 1, 0 and 255, or a number for each object.

    Args:
        masks: files and the classes that their names say.
        rule: by which they are joined.
        image: their image, and
        scan: its slices, which every mask must fit; see `read_values`.
        plane: how to cut a NIfTI volume.

    Returns:
        ``(S, H, W)``, and the number of its pixels in which several masks are set: of any object, or of different classes.

    Raises:
        DataError: if a file is no mask or does not fit, or classes overlap and their order is not stated.
    """
    found, overlap = np.zeros(scan.slices.shape[:3], np.uint8), 0
    order = sorted(masks, key=lambda mask: rule.classes.index(mask[1] or "")) if rule.how == "class" else masks
    for path, name in order:
        id_ = 255 if rule.how == "any" else rule.classes.index(name or "") + 1
        mask = _is_set(read_values(path, image, scan, plane), path)
        both = mask & (found > 0) if rule.how == "any" else mask & (found > 0) & (found != id_)
        if both.any():
            overlap += int(both.sum())
            if rule.how == "class" and not rule.ordered:
                other = rule.classes[int(found[both][0]) - 1]
                raise DataError(
                    f"{path}: {int(both.sum())} of its pixels are {other} too; state --classes in such an order that the later "
                    f"one is right there, as --classes {other},{name}"
                )
        found[mask] = id_
    return found, overlap


def _is_set(values: NDArray[Any], path: Path) -> NDArray[np.bool_]:
    """Pixels of a mask that are not 0; refuses masks that cannot be joined."""
    if path.is_file() and is_jpeg(path):
        if ((values > 32) & (values < 223)).any():
            raise DataError(f"{path}: its greys are between black and white, by lossy compression; save masks as PNG")
        return np.asarray(values > 127)
    if values.max() == 255 and 1 < len(others := np.unique(values[values > 0])) < 255:
        raise DataError(
            f"{path}: it holds 255 beside {others[0]}; if that is where nobody annotated, it cannot be joined: a mask to be joined "
            "is 0 where nothing is"
        )
    return np.asarray(values > 0)
