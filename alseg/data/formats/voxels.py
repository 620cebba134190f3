"""Size and place of a NIfTI file's voxels: its checked affine, in mm."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import nibabel.affines as _affines
import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.remark import remark
from alseg.errors import DataError

nibabel_affines: Any = _affines  # without types

MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Unit of length by its code: not stated (taken for mm, as everywhere), metre, mm, micrometre."""
CLOSE = 1e-3
"""Tolerance of sizes: headers hold 32 bits, and programs round."""
INFLATED = 1032
"""Largest ratio of the content of a gzip file to its size."""


def trusted_affine(image: Any, path: Path) -> tuple[NDArray[np.float64], bool]:
    """Return the affine of an image in mm, and whether the file states the size of its voxels at all.

    It is nibabel's: the sform if it is coded, else the qform if that is, else of ``pixdim`` alone. Where ``pixdim`` says
    another size than the affine, the affine counts, and the log says so. A flat volume may lack the direction across.

    Args:
        image: of nibabel, not turned.
        path: for messages.

    Raises:
        DataError: if it is not finite, or its directions do not span a space.
    """
    header = image.header
    affine = np.array(image.affine, dtype=np.float64)
    shape = (*image.shape, 1, 1)[:3]
    columns = affine[:3, :3]
    flat = [axis for axis in range(3) if shape[axis] == 1 and not columns[:, axis].any()]
    if len(flat) == 1:
        one, other = (columns[:, axis] for axis in range(3) if axis != flat[0])
        across = np.cross(one, other)
        columns[:, flat[0]] = across / (np.linalg.norm(across) or 1)
    sides = side_lengths(affine)
    if not np.isfinite(affine).all() or not sides.all() or abs(np.linalg.det(columns / sides)) < 1e-6:
        raise DataError(
            f"{path}: its affine is {affine[:3].tolist()}; it must have finite numbers and three directions, take them from the "
            "scan that it was made of"
        )
    coded = int(header["sform_code"]) != 0 or int(header["qform_code"]) != 0
    stated = np.abs(np.array(header["pixdim"][1:4], dtype=np.float64))[: len(image.shape)]
    if coded and not np.allclose(stated, sides[: len(stated)], rtol=CLOSE, atol=0):
        told, true = (" x ".join(f"{side:.6g}" for side in these) for these in (stated, sides))
        remark(path, "its pixdim says voxels of %s and its affine of %s; the affine counts", told, true)
    if not coded:
        remark(path, "it states neither sform nor qform, so that left and right are a guess: nibabel's default")
    code = int(header["xyzt_units"]) & 7
    if code not in MM:
        remark(path, "its unit of length has the unknown code %s; it is taken for mm", code)
    scale = np.diag([*[MM.get(code, 1.0)] * 3, 1.0])
    return scale @ affine, coded or _pixdim_is_stated(image)


def side_lengths(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths of a voxel along its three axes, to the seven digits that a header of 32 bits holds."""
    sides: Any = nibabel_affines.voxel_sizes(affine)
    return np.array([float(f"{side:.7g}") for side in sides])


def refuse_oversized(image: Any, path: Path) -> None:
    """Refuse a header that claims more voxels than the file can hold, before memory is allocated for them.

    Raises:
        DataError: if it does.
    """
    file = Path(image.file_map["image"].filename or path)
    claim = math.prod(int(side) for side in image.shape) * int(image.header.get_data_dtype().itemsize)
    size = file.stat().st_size
    packed = file.suffix.lower() in (".gz", ".bz2")
    most = size * INFLATED if packed else size - int(image.dataobj.offset)
    if claim > most:
        raise DataError(
            f"{path}: its header states {' x '.join(str(side) for side in image.shape)} voxels, {claim:,} bytes, and the file "
            f"{file.name} has {size:,}; it may be truncated, copy it again"
        )


def _pixdim_is_stated(image: Any) -> bool:
    """True if the file itself has sizes in ``pixdim``: nibabel has put 1 where they were 0."""
    holder = image.file_map.get("header") or image.file_map["image"]
    with holder.get_prepare_fileobj("rb") as file:
        raw = type(image.header).from_fileobj(file, check=False)
    return bool(np.array(raw["pixdim"][1 : 1 + min(len(image.shape), 3)]).all())
