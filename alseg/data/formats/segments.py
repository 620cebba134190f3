"""DICOM segmentations: class ids from the frames of segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.tags import plane, tag
from alseg.errors import DataError

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
LARGEST = 254
"""Largest class id; 255 marks pixels that are not annotated."""


def is_segmentation(file: Any) -> bool:
    """True if a file holds a frame for each segment and place."""
    return str(file.get("SOPClassUID")) == SEGMENTATION


def ids_of(frames: NDArray[Any], file: Any, path: Path) -> tuple[NDArray[np.uint8], list[int]]:
    """Make one slice for each place: 0 and 1 where there is one segment, else the numbers of the segments.

    Args:
        frames: ``(F, H, W)`` of 0 and 1.
        file: its header.
        path: for messages.

    Returns:
        ``(S, H, W)``, and for each slice a frame that lies there.

    Raises:
        DataError: if it holds probabilities, segments overlap, or it is not known where several lie.
    """
    kind = str(file.get("SegmentationType") or "BINARY")
    if kind != "BINARY":
        raise DataError(f"{path}: it is a segmentation of type {kind}; save its segments as a binary one")
    numbers = [int(tag(file, "ReferencedSegmentNumber", i) or 1) for i in range(len(frames))]
    if len(set(numbers)) == 1:
        return frames.astype(np.uint8), list(range(len(frames)))
    if max(numbers) > LARGEST:
        raise DataError(f"{path}: it has a segment of number {max(numbers)}; class ids go to {LARGEST}")
    planes = [plane(file, path, i) for i in range(len(frames))]
    if any(where is None for where in planes):
        raise DataError(
            f"{path}: it holds several segments and does not state where its frames lie; save one file each"
        )
    places: dict[tuple[float, ...], int] = {}
    shown: list[int] = []
    found: list[NDArray[np.uint8]] = []
    for i, (number, where) in enumerate(zip(numbers, planes)):
        assert where is not None
        key = tuple(np.round(where, 3) + 0.0)
        if key not in places:
            places[key] = len(found)
            shown.append(i)
            found.append(np.zeros(frames.shape[1:], np.uint8))
        ids, inside = found[places[key]], frames[i] > 0
        if (ids[inside] > 0).any():
            raise DataError(f"{path}: its segments overlap, so that a pixel has no single class; save one file each")
        ids[inside] = number
    return np.stack(found), shown
