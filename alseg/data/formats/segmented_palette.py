"""Palettes that DICOM stores as segments: values, straight lines and repetitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from alseg.errors import DataError

LONGEST = 2**16
DISCRETE, LINEAR, INDIRECT = range(3)


def expanded(data: bytes, bits: int, little: bool, path: Path) -> list[int]:
    """Expand the entries of a segmented lookup table (DICOM PS3.3, C.7.9.2).

    Args:
        data: operation codes, lengths and values, all of 8 or of 16 bits.
        bits: 8 or 16.
        little: whether bytes, and the bytes of a word, are little-endian.
        path: for messages.

    Raises:
        DataError: if it is not made of segments.
    """
    if bits == 8:
        codes = np.frombuffer(data, np.uint8)
        if not little:
            codes = codes[: len(codes) // 2 * 2].reshape(-1, 2)[:, ::-1].ravel()
    elif bits == 16:
        codes = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little else ">u2")
    else:
        raise DataError(f"{path}: its palette has entries of {bits} bits; 8 or 16 can be read")
    try:
        found: list[int] = []
        _expand(codes.tolist(), bits // 8, 0, None, found)
    except (IndexError, ValueError) as error:
        raise DataError(f"{path}: its segmented palette cannot be read; copy the file again") from error
    return found


def _expand(codes: list[int], size: int, at: int, segments: int | None, found: list[int]) -> None:
    """Append the entries of ``segments`` segments from ``at`` on, by default of all; an indirect one names earlier ones."""
    done = 0
    while at + 1 < len(codes) and done != segments:  # a last code alone fills up a word
        operation, length = codes[at : at + 2]
        at += 2
        if operation == DISCRETE:
            found += codes[at : at + length]
            at += length
        elif operation == LINEAR and length:
            steps = np.linspace(found[-1], codes[at], length + 1)[1:]
            found += np.around(steps).astype(int).tolist()
            at += 1
        elif operation == INDIRECT and segments is None:
            words = codes[at : at + 4 // size]
            place = sum(word << (8 * size * i) for i, word in enumerate(words))  # in bytes, the lowest first
            _expand(codes, size, place // size, length, found)
            at += len(words)
        else:
            raise ValueError
        done += 1
        if len(found) > LONGEST:
            raise ValueError
