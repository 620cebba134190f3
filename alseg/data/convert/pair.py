"""Read an image and its mask slice by slice, and check that they belong together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.kind import Kind, kind_of
from alseg.data.formats.lossy import refuse_changed
from alseg.data.formats.nifti import Plane
from alseg.data.formats.read import read
from alseg.data.formats.stack import Stack
from alseg.data.window import refuse_infinite
from alseg.errors import DataError


def read_scan(path: Path, plane: Plane) -> Stack:
    """Read an image's slices; bool becomes 0 and 255, everything else keeps its values.

    Raises:
        DataError: if it cannot be read, or holds values that are not finite.
    """
    stack = read(path, plane)
    if stack.slices.dtype == np.bool_:
        return replace(stack, slices=stack.slices.astype(np.uint8) * 255)
    refuse_infinite(stack.slices, path)
    return stack


def read_ids(path: Path, image: Path, scan: Stack, plane: Plane) -> NDArray[Any]:
    """Read the class ids of a mask's slices, ``(S, H, W)`` uint8 like its image's, or bool where the file has one bit.

    Raises:
        DataError: as `read_values` does, if a value is no class id, or if class ids went through lossy compression.
    """
    values = read_values(path, image, scan, plane, highest=255)
    refuse_changed(values, path)
    return values if values.dtype == np.bool_ else np.ascontiguousarray(values, dtype=np.uint8)


def read_values(path: Path, image: Path, scan: Stack, plane: Plane, highest: int | None = None) -> NDArray[Any]:
    """Read the values of a mask's slices, ``(S, H, W)`` like its image's, whole and not negative, or bool.

    NIfTI volumes are turned to the patient's axes and the others are not, and only DICOM slices are sorted by their
    positions: so image and mask must be of the same kind, unless both are DICOM and state their places, or are single slices
    that are not turned.

    Args:
        path: the mask.
        image: its image.
        scan: the image's slices.
        plane: see `read`.
        highest: largest value allowed; None for no limit.

    Raises:
        DataError: if kind, shape, size of a pixel or place in the patient are not those of the image, or a value is invalid.
    """
    kind, image_kind = kind_of(path), kind_of(image)
    mask = read(path, plane, stored=True)
    if kind != image_kind and not _same_order(kind, mask, image_kind, scan):
        raise DataError(
            f"{path}: its format is {kind} and that of its image {image.name} {image_kind}; their slices may run in different "
            "directions, save both in the same format"
        )
    ids = _whole(mask.slices, path, highest)
    if ids.shape != (shape := scan.slices.shape[:3]):
        raise DataError(
            f"{path}: it has {_shape(ids.shape)} and its image {image.name} {_shape(shape)}; both must have the same"
        )
    _check_same_size(path, mask, image, scan)
    _check_same_place(path, mask, image, scan)
    return ids


def _same_order(kind: Kind, mask: Stack, image_kind: Kind, scan: Stack) -> bool:
    """True if the slices of two kinds of file surely come in the same order."""
    dicom = kind.startswith("DICOM") and image_kind.startswith("DICOM")
    if dicom and mask.places is not None and scan.places is not None:
        return True
    return "NIfTI" not in (kind, image_kind) and len(scan) == len(mask) == 1


def _whole(values: NDArray[Any], path: Path, highest: int | None) -> NDArray[Any]:
    if values.dtype == np.bool_:
        return values
    if values.ndim == 4:
        if (values != values[..., :1]).any():
            raise DataError(f"{path}: it is a colour image; a mask holds class ids in one channel")
        values = values[..., 0]
    if values.dtype != np.uint8:
        most = np.inf if highest is None else highest
        wrong = values[~((values >= 0) & (values <= most) & (values == np.trunc(values)))]
        if wrong.size:
            right = (
                "from 0"
                if highest is None
                else f"from 0 to {highest}; --join any makes one class of all objects' numbers"
            )
            raise DataError(f"{path}: it holds the value {wrong[0]}; class ids are whole numbers {right}")
    return values


def _check_same_size(path: Path, mask: Stack, image: Path, scan: Stack) -> None:
    """Check pixel sizes to half a pixel over a whole slice, as files round their numbers; so does `_check_same_place`."""
    if mask.spacing is None or scan.spacing is None:
        return
    differs = np.abs(np.subtract(mask.spacing, scan.spacing)) * scan.slices.shape[1:3]
    if not differs.max() <= 0.5 * min(scan.spacing):
        stated, image_stated = (f"{height:g}x{width:g} mm" for height, width in (mask.spacing, scan.spacing))
        raise DataError(
            f"{path}: its pixels have {stated} (height x width) and those of its image {image.name} {image_stated}; both must "
            "have the same"
        )


def _check_same_place(path: Path, mask: Stack, image: Path, scan: Stack) -> None:
    if mask.places is None and scan.places is None:
        return
    if mask.places is None or scan.places is None:
        if len(scan) > 1:
            without, with_ = (path, image) if mask.places is None else (image, path)
            raise DataError(
                f"{without}: it does not say where its slices lie and {with_.name} does; the order of both must be known"
            )
        return
    assert scan.spacing is not None  # places are known only with it
    furthest = np.abs(mask.places - scan.places).max()
    if not furthest <= 0.5 * min(scan.spacing):  # NaN is in no place
        raise DataError(
            f"{path}: its corners lie up to {furthest:.4g} mm from those of its image {image.name}; both must state the same "
            "place in the patient"
        )


def _shape(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} slice{'' if shape[0] == 1 else 's'} of {shape[1]}x{shape[2]} pixels"
