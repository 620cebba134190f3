"""Lookup tables of DICOM: palettes of colours, and those from stored values to values of a modality."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.formats.segmented_palette import expanded
from alseg.errors import DataError

CHANNELS = ("Red", "Green", "Blue")


def colours_of(stored: NDArray[Any], file: Any, path: Path) -> NDArray[np.uint8]:
    """Look up stored values in the file's palette: ``(F, H, W, 3)``, or ``(F, H, W)`` where all its colours are grey.

    Entries of 16 bits keep their upper 8; those that use the lower 8 only, as some makers write them, keep these.

    Raises:
        DataError: if the palette is missing or not as the standard wants it.
    """
    descriptor = file.get("RedPaletteColorLookupTableDescriptor")
    if descriptor is None:
        raise DataError(f"{path}: its photometric interpretation is PALETTE COLOR, and it holds no palette")
    columns = [_channel(file, path, channel) for channel in CHANNELS]
    if len({len(column) for column in columns}) > 1:
        raise DataError(f"{path}: red, green and blue of its palette have different lengths")
    table = np.stack(columns, axis=-1)
    if table.dtype != np.uint8:
        table = (table >> 8 if int(descriptor[2]) > 8 and table.max() > 255 else table).astype(np.uint8)
    if (table == table[:, :1]).all():
        table = table[:, 0]
    return look_up(stored, int(descriptor[1]), table)


def look_up(stored: NDArray[Any], first: int, table: NDArray[Any]) -> NDArray[Any]:
    """Look up stored values in a table; those beyond its ends get the outermost entry.

    Args:
        stored: whole numbers of any shape.
        first: the stored value of the first entry.
        table: ``(N, ...)``.
    """
    found = np.empty((*stored.shape, *table.shape[1:]), table.dtype)
    for i, frame in enumerate(stored):
        found[i] = table[np.clip(frame.astype(np.int64) - first, 0, len(table) - 1)]
    return found


def entries(descriptor: Any, data: Any, little: bool, path: Path) -> NDArray[Any]:
    """Read a lookup table of DICOM as uint8 or uint16.

    Args:
        descriptor: number of entries (0 is 65,536), stored value of the first one, bits of an entry.
        data: bytes, or numbers where pydicom has read them.
        little: whether the file is little-endian.
        path: for messages.

    Raises:
        DataError: if there are fewer entries than stated.
    """
    number = int(descriptor[0]) % 2**16 or 2**16
    if isinstance(data, bytes | bytearray):
        wide = len(data) >= 2 * number
        order = "<" if little else ">"
        values = (
            np.frombuffer(bytes(data[: len(data) // 2 * 2]), f"{order}u2") if wide else np.frombuffer(data, np.uint8)
        )
        if not wide and not little and len(data) > 1:  # bytes in words
            even = len(data) // 2 * 2
            values = values[:even].reshape(-1, 2)[:, ::-1].ravel()
    else:
        values = np.atleast_1d(np.asarray(data, np.int64)).astype(np.uint16)
    if len(values) < number:
        raise DataError(f"{path}: a lookup table has {len(values)} entries and states {number}; copy the file again")
    return values[:number].astype(np.uint8 if values.itemsize == 1 else np.uint16)


def _channel(file: Any, path: Path, channel: str) -> NDArray[Any]:
    descriptor = file.get(f"{channel}PaletteColorLookupTableDescriptor")
    little = not file.file_meta.TransferSyntaxUID.keyword.endswith("BigEndian")
    if descriptor is not None and (data := file.get(f"{channel}PaletteColorLookupTableData")):
        return entries(descriptor, data, little, path)
    if descriptor is not None and (data := file.get(f"Segmented{channel}PaletteColorLookupTableData")):
        bits = int(descriptor[2])
        return entries(descriptor, expanded(data, bits, little, path), little, path).astype(f"u{bits // 8}")
    raise DataError(f"{path}: its palette lacks {channel.lower()}")
