"""Brush masks of Label Studio: run lengths of the four channels of every pixel, packed bit by bit.

A stream holds 32 bits for the number of values, 5 for the bits of a value less one, and four times 4 for the bits of a run's
length less one; then runs: one bit that says whether the values repeat, two that choose one of the four sizes, the length less
one, and the value or the values. It is the format ``rle-pack`` of thi.ng/umbrella, which the annotation page of Label Studio
writes. Its values are red, green, blue and alpha of each pixel in turn; alpha tells what is painted.

label-studio-sdk has such a codec too, which reads bit by bit, and whose import takes two seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CHANNELS = 4
WORD = 8
"""Bits of a value."""
LENGTHS = (3, 4, 8, 16)
"""Bits of a run's length less one."""
LONGEST = 1 << LENGTHS[-1]
HEADER = 32 + 5 + 4 * len(LENGTHS)
PAINTED = 128
"""Alpha from which a pixel counts as painted: the edge of a stroke runs out over a pixel or two."""


def brush_of(mask: NDArray[np.bool_]) -> list[int]:
    """Bytes, as numbers, of a mask ``(H, W)``; white where it is true, transparent elsewhere."""
    flat = np.ascontiguousarray(mask).ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=~flat[:1])) if flat.size else np.zeros(0, dtype=np.intp)
    runs = np.diff(starts, append=flat.size) * CHANNELS
    bits = [f"{flat.size * CHANNELS:032b}{WORD - 1:05b}", *(f"{length - 1:04b}" for length in LENGTHS)]
    for length, painted in zip(runs.tolist(), flat[starts].tolist()):
        bits += _run(length, "11111111" if painted else "00000000")
    ones = np.frombuffer("".join(bits).encode(), dtype=np.uint8) - ord("0")
    return np.packbits(ones).tolist()


def mask_of_brush(rle: Sequence[int], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Decode what is painted, ``(H, W)`` bool.

    Args:
        rle: bytes, as numbers.
        size: height and width that the mask must have.

    Raises:
        ValueError: if it is damaged, or of another size.
    """
    pixels = _values(rle, size[0] * size[1] * CHANNELS).reshape(*size, CHANNELS)
    painted: NDArray[np.bool_] = pixels[..., -1] >= PAINTED
    return painted


def _run(length: int, value: str) -> list[str]:
    """Bits of ``length`` equal values."""
    whole, rest = divmod(length, LONGEST)
    bits = [f"111{LONGEST - 1:016b}{value}"] * whole
    if rest:
        kind = next(k for k, size in enumerate(LENGTHS) if rest <= 1 << size)
        bits.append(f"1{kind:02b}{rest - 1:0{LENGTHS[kind]}b}{value}")
    return bits


def _values(rle: Sequence[int], wanted: int) -> NDArray[np.uint8]:
    """The values of a stream that must have so many: nothing is made as large as a damaged one says."""
    try:
        packed = np.array(rle, dtype=np.uint8)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("it is damaged: a brush is a list of bytes, numbers from 0 to 255") from error
    bits = np.unpackbits(packed)
    text = (bits + ord("0")).tobytes().decode()
    if packed.ndim != 1 or len(text) < HEADER:
        raise ValueError("it is damaged: a brush has at least 7 bytes")
    number, word = int(text[:32], 2), int(text[32:37], 2) + 1
    if number != wanted:
        raise ValueError(f"it has {number // CHANNELS} pixels where the image has {wanted // CHANNELS}")
    if word != WORD:
        raise ValueError(f"it is damaged: {word} bits per value, and a brush has {WORD}")
    lengths = [int(text[at : at + 4], 2) + 1 for at in range(37, HEADER, 4)]
    values, at, place = np.empty(number, dtype=np.uint8), HEADER, 0
    while place < number:
        size = lengths[int(text[at + 1 : at + 3] or "0", 2)]
        repeats, start = text[at : at + 1] == "1", at + 3
        end = place + int(text[start : start + size] or "0", 2) + 1
        at = start + size
        used = WORD if repeats else WORD * (end - place)
        if end > number or at + used > len(text):
            raise ValueError(f"it is damaged: it ends after {place} of {number} values")
        values[place:end] = int(text[at : at + WORD], 2) if repeats else np.packbits(bits[at : at + used])
        at, place = at + used, end
    return values
