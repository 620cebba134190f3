"""Mask files that people save as answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.classes import mask_classes
from alseg.data.fit import Place, part_of, placed_mask
from alseg.data.formats.remark import reason
from alseg.data.images import read_header, size_of_whole
from alseg.data.mask_values import foreground_files
from alseg.errors import DataError
from alseg.oracles.people.checks import check_size

KEY = "oracle.mask_255"


def read_mask_answer(
    path: Path,
    where: Place,
    file: tuple[int, int],
    size: tuple[int, int],
    classes: Sequence[str],
    mask_255: str | None = None,
) -> NDArray[np.uint8]:
    """Read a mask as that of a data set is read, by rules that look at this file alone.

    Args:
        path: the answer.
        where: place of the image's file in the image.
        file: height and width of the image's file.
        size: height and width of the data set's images.
        classes: their names, in the order of their ids.
        mask_255: meaning of 255 where the file leaves it open; see `alseg.data.mask_values.foreground_files`.

    Returns:
        ``(H, W)`` class ids, 255 where nobody looked and in padding.

    Raises:
        DataError: one line if it is not readable, changes while it is read, has another size or holds other values.
        ConfigError: if ``mask_255`` contradicts the class ids in the file.
    """
    before = _readable(path)
    header = read_header(path)
    check_size(header.size, file, str(path))
    mask = placed_mask(path, where, size)
    if _stamp(path) != before:
        raise DataError(
            f"{path}: not readable yet (it changed while it was read); it is read again with the next start"
        )
    held, one_bit = (mask.counts > 0)[None], np.array([header.bits == 1])
    white = foreground_files([path], held, np.array([mask.alone]), one_bit, mask_255, classes, KEY)
    mask_classes([path], held, white, one_bit, classes, KEY)
    target = mask.pixels
    if white[0]:
        target = target.copy()
        shows = part_of(target, where.frame)  # padding stays 255
        np.minimum(shows, 1, out=shows)
    return target


def _readable(path: Path) -> tuple[int, int]:
    """Decode a file, which a program may be writing just now."""
    try:
        before = _stamp(path)
        if not before[0]:
            raise DataError("it is empty")
        size_of_whole(path)
    except Exception as error:  # whatever a decoder says of a file that is cut short: no answer ends a run
        why = str(error).removeprefix(f"{path}: ") if isinstance(error, DataError) else reason(error)
        raise DataError(
            f"{path}: not readable yet ({why}); it is read again with the next start, and if it stays so, save it anew as PNG"
        ) from error
    return before


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
