"""A DICOM series: a folder of files, a slice in each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.dicom import read_dicom
from alseg.data.formats.junk import is_junk
from alseg.data.formats.order import along_normal, corners
from alseg.data.formats.stack import Stack
from alseg.data.formats.tags import open_dicom, plane
from alseg.errors import DataError

INDEX = "DICOMDIR"
"""Name of the table of contents of a DICOM medium, which holds no image."""


def read_series(folder: Path, stored: bool = False) -> Stack:
    """Read the slices as their files store them, in the order in which they lie in the patient.

    Rows and columns are not turned: of a standard axial scan, rows go from anterior to posterior, columns from the
    patient's right to left, and slices from inferior to superior, as `read_nifti` has them. Without positions the order
    is that of the instance numbers. A single file may hold several frames.

    Args:
        folder: with the files of one series and nothing else; their names do not matter.
        stored: see `read_dicom`.

    Raises:
        DataError: if there are no files, folders, or files that are no DICOM, of several series, sizes or spacings, or whose
            order cannot be told.
    """
    paths = series_files(folder)
    if len(paths) == 1:
        return read_dicom(paths[0], stored)
    headers = [open_dicom(path, stop_before_pixels=True) for path in paths]
    for path, header in zip(paths, headers):
        _check_same_series(path, header, paths[0], headers[0])
    order, planes, distance = _order(folder, paths, headers)
    stacks = [read_dicom(paths[i], stored) for i in order]
    for i, stack in zip(order, stacks):
        if stack.slices.shape != stacks[0].slices.shape or stack.spacing != stacks[0].spacing:
            raise DataError(
                f"{paths[i]}: its pixels have another size or colour than those of {paths[order[0]].name}; a volume has "
                "the same everywhere"
            )
    volume = Stack(np.concatenate([stack.slices for stack in stacks]), stacks[0].spacing, distance)
    return volume if planes is None else replace(volume, places=corners(planes, volume))


def series_files(folder: Path) -> list[Path]:
    """List the files of a series by name, without files of systems and the medium's index.

    Raises:
        DataError: if there are none, or a folder among them.
    """
    paths = [path for path in sorted(folder.iterdir()) if not is_junk(path.name) and path.name != INDEX]
    if not paths:
        raise DataError(f"{folder}: it is empty; a folder given as an image holds the files of one DICOM series")
    for path in paths:
        if path.is_dir():
            raise DataError(f"{path}: it is a folder in the folder of a series; give the one that holds the files")
    return paths


def _check_same_series(path: Path, header: Any, first_path: Path, first: Any) -> None:
    if header.get("SeriesInstanceUID") != first.get("SeriesInstanceUID"):
        raise DataError(f"{path}: it belongs to another series than {first_path.name}; give each series its own folder")
    if int(header.get("NumberOfFrames", 1) or 1) != 1:
        raise DataError(f"{path}: it holds several frames; give it as an image of its own")
    size, first_size = ((file.get("Rows"), file.get("Columns")) for file in (header, first))
    if size != first_size:
        raise DataError(
            f"{path}: it has {size[0]}x{size[1]} pixels (height x width) and {first_path.name} "
            f"{first_size[0]}x{first_size[1]}; a volume has slices of one size"
        )


def _order(
    folder: Path, paths: list[Path], headers: list[Any]
) -> tuple[list[int], NDArray[np.float64] | None, float | None]:
    """Find the order of the files, the planes of the slices and their distance; the last two None without positions."""
    planes = [plane(header, path) for path, header in zip(paths, headers)]
    if all(where is not None for where in planes):
        stated = np.array(planes)
        try:
            order, heights = along_normal(stated)
        except DataError as error:
            raise DataError(f"{folder}: {error}") from error
        return order.tolist(), stated[order], float(np.median(np.diff(heights)))
    numbers = [header.get("InstanceNumber") for header in headers]
    if None in numbers or len(set(numbers)) < len(numbers):
        raise DataError(
            f"{folder}: its files state neither their positions nor different instance numbers, so their order is unknown"
        )
    return sorted(range(len(numbers)), key=lambda i: int(numbers[i])), None, None
