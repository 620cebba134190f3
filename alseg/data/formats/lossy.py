"""Files whose compression changes values, as that of JPEG does: class ids do not survive it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.kind import is_tiff, kind_of
from alseg.data.formats.tags import open_dicom
from alseg.data.formats.tiff_chain import directories
from alseg.errors import DataError

HEAD = 65536
COMPRESSION, TIFF_JPEG = 259, (6, 7, 34892)
DICOM_JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
"""Baseline and extended. The others may be lossless."""
BLACK_AND_WHITE = (0, 255)


def is_jpeg(path: Path) -> bool:
    """True if a file starts as JPEG files do, whatever it is called."""
    return _head(path, 3) == b"\xff\xd8\xff"


def is_lossy(path: Path) -> bool:
    """True if values were surely stored with a loss: by JPEG, also in TIFF and DICOM, by WebP or by JPEG 2000."""
    if path.is_dir():
        return False
    if is_tiff(path):
        return any(page.numbers.get(COMPRESSION) in TIFF_JPEG for page in directories(path))
    if kind_of(path) == "DICOM file":
        return str(open_dicom(path).file_meta.get("TransferSyntaxUID")) in DICOM_JPEG
    head = _head(path, HEAD)
    if head[:4] == b"RIFF":
        return b"VP8 " in head[12:]
    coding = head.find(b"\xff\x52", head.find(b"\xff\x4f\xff\x51") + 1 or HEAD)
    return head.startswith(b"\xff\xd8\xff") or (coding > 0 and len(head) > coding + 13 and head[coding + 13] == 0)


def refuse_changed(ids: NDArray[Any], path: Path) -> None:
    """Masks that are black and white alone may have been compressed with a loss, for it has changed none of their pixels.

    Args:
        ids: values of a mask.
        path: its file.

    Raises:
        DataError: if there are other values, in a file whose compression may have made them of others.
    """
    if ids.dtype == np.bool_:
        return
    other = ids[~np.isin(ids, BLACK_AND_WHITE)]
    if other.size and is_lossy(path):
        raise DataError(
            f"{path}: it holds the value {other[0]}, and its compression changes values, of which class ids are made; save masks "
            "as PNG, not JPEG"
        )


def _head(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)
