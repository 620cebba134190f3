"""An image and its mask, slice by slice and sure to belong together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.kind import kind_of
from alseg.data.formats.nifti import Plane
from alseg.data.formats.read import read
from alseg.data.formats.stack import Stack
from alseg.data.images import read_header, read_mask
from alseg.errors import DataError


def read_scan(path: Path, plane: Plane) -> Stack:
    """An image's slices: bool becomes 0 and 255, everything else keeps its values.

    Raises:
        DataError: if it cannot be read, or holds values that are not finite.
    """
    if kind_of(path) == "picture":
        read_header(path)  # refuses a film, of which `read` would take the first picture
    stack = read(path, plane)
    if stack.slices.dtype == np.bool_:
        return Stack(stack.slices.astype(np.uint8) * 255, stack.spacing)
    if not np.isfinite(stack.slices).all():
        raise DataError(f"{path}: it holds NaN or infinite values; every pixel must be a finite number")
    return stack


def read_ids(path: Path, image: Path, scan: Stack, plane: Plane) -> NDArray[np.uint8]:
    """The class ids of a mask's slices, ``(S, H, W)`` like its image's.

    NIfTI volumes are turned to the patient's axes and the others are not, and only the slices of a series are sorted by
    their positions: so image and mask must be of the same kind, unless both are single slices that are not turned.

    Args:
        path: the mask.
        image: its image.
        scan: the image's slices.
        plane: see `read`.

    Raises:
        DataError: if kind, shape or place in the patient are not those of the image, or a value is no class id.
    """
    kind, image_kind = kind_of(path), kind_of(image)
    mask = Stack(read_mask(path, read_header(path).size)[0][None]) if kind == "picture" else read(path, plane)
    single = (len(scan), len(mask)) == (1, 1)
    if kind != image_kind and ("NIfTI" in (kind, image_kind) or not single):
        raise DataError(
            f"{path}: its format is {kind} and that of its image {image.name} {image_kind}; their slices may run in different "
            "directions, save both in the same format"
        )
    ids = _ids(mask.slices, path)
    if ids.shape != (shape := scan.slices.shape[:3]):
        raise DataError(
            f"{path}: it has {_shape(ids.shape)} and its image {image.name} {_shape(shape)}; both must have the same"
        )
    _same_place(path, mask, image, scan)
    return ids


def _ids(values: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * 255
    if values.ndim == 4:
        if (values != values[..., :1]).any():
            raise DataError(f"{path}: it is in colour; a mask holds class ids in one channel")
        values = values[..., 0]
    if values.dtype != np.uint8:
        wrong = values[~((values >= 0) & (values <= 255) & (values == np.trunc(values)))]
        if wrong.size:
            raise DataError(f"{path}: it holds the value {wrong[0]}; class ids are whole numbers from 0 to 255")
    return np.ascontiguousarray(values, dtype=np.uint8)


def _same_place(path: Path, mask: Stack, image: Path, scan: Stack) -> None:
    if mask.places is None and scan.places is None:
        return
    if mask.places is None or scan.places is None:
        if len(scan) > 1:
            without, with_ = (path, image) if mask.places is None else (image, path)
            raise DataError(
                f"{without}: it does not say where its slices lie and {with_.name} does; the order of both must be known"
            )
        return
    furthest = np.abs(mask.places - scan.places).max()
    if furthest > 0.5 * min(scan.spacing or (1.0,)):
        raise DataError(
            f"{path}: its slices lie up to {furthest:.4g} mm from those of its image {image.name}; both must state the same "
            "place in the patient"
        )


def _shape(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} slice{'' if shape[0] == 1 else 's'} of {shape[1]}x{shape[2]} pixels"
