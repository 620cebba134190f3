"""Check the claims of a DICOM header against the size of the file, before anything is allocated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alseg.data.formats.remark import reason, remark
from alseg.errors import DataError

ROOM = 2**30
"""Bytes of pixels that every compressed file may claim."""
RATIO = 1000
"""Largest ratio of a larger claim to the size of the file: more than any image compresses to."""
RLE_RATIO = 64
"""Largest ratio of RLE: two bytes become 128 at most."""
STARTS = (b"\xff\xd8", b"\xff\x4f", b"\0\0\0\x0cjP")
"""First bytes of compressed frames: JPEG and JPEG-LS, JPEG 2000, JP2."""


def frames_held(file: Any, path: Path, data: bytes, encapsulated: bool, rle: bool) -> int:
    """Return the number of frames to read: as the header states or, where it states none, as many as there are.

    Args:
        file: its header.
        path: for messages.
        data: the pixels as the file holds them.
        encapsulated: whether the pixels are compressed, in fragments.
        rle: whether they are compressed by run lengths.

    Raises:
        DataError: if the header claims more than the file can hold.
    """
    stated = file.get("NumberOfFrames")
    try:
        frames = int(stated) if stated else 1
        rows, columns, samples, bits = (
            int(file.get(name)) for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
        )
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: its size cannot be told ({reason(error)})") from error
    if min(frames, rows, columns, samples, bits) < 1:
        raise DataError(
            f"{path}: its header states {frames} frames of {rows}x{columns} pixels of {samples} values of {bits} bits; each "
            "must be 1 or more"
        )
    one = rows * columns * samples * bits / 8
    if str(file.get("PhotometricInterpretation")) in ("YBR_FULL_422", "YBR_PARTIAL_422") and not encapsulated:
        one = one * 2 / 3
    claim = f"{frames} frame{'' if frames == 1 else 's'} of {rows}x{columns} pixels, {one * frames:,.0f} bytes"
    if not encapsulated:
        if len(data) < int(one * frames):
            raise DataError(
                f"{path}: its header states {claim}, and the file holds {len(data):,}; it may be truncated, copy it again"
            )
        if len(data) >= one * (frames + 1) and bits > 1:
            remark(
                path, "it states %s frames and has room for %s; those stated are read", frames, int(len(data) // one)
            )
        return frames
    there = _frames_compressed(data, path, rle)
    if not stated:
        frames = there
    if frames > there:
        raise DataError(
            f"{path}: its header states {claim}, and the file holds {there} compressed; it may be truncated, copy it again"
        )
    if frames < there:
        remark(path, "it states %s frames and holds %s; those stated are read", frames, there)
    if one * frames > (RLE_RATIO * len(data) if rle else max(ROOM, RATIO * len(data))):
        raise DataError(
            f"{path}: its header states {claim}, of which the file holds {len(data):,} compressed; no image compresses so far, "
            "copy it again"
        )
    return frames


def _frames_compressed(data: bytes, path: Path, rle: bool) -> int:
    """Count the fragments that start a frame; of RLE all, since each is a frame.

    Without a known start the first fragment counts as that of the one frame.
    """
    from io import BytesIO

    from pydicom.encaps import parse_basic_offsets, parse_fragments

    try:
        buffer = BytesIO(data)
        offsets = parse_basic_offsets(buffer)
        number, places = parse_fragments(buffer)
    except Exception as error:  # struct.error, ValueError
        raise DataError(
            f"{path}: its compressed pixels cannot be found ({reason(error)}); it may be truncated, copy it again"
        ) from error
    if rle:
        return number
    starts = sum(data[place + 8 : place + 14].startswith(STARTS) for place in places)
    return max(starts, len(offsets), min(number, 1))
