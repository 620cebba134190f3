"""Bit depth of pictures: Pillow silently converts fewer than 8 bits, and colours of more than 8, to 8."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.formats.refusals import MAX_PIXELS, too_large
from alseg.errors import DataError

HEAD = 65536
"""Bytes that surely contain the header of a JPEG 2000 file."""
PNG_GREY = (0, 4)


class Depth(NamedTuple):
    """Depth of a picture's samples.

    Args:
        bits: of each sample, or of the indices of its palette.
        highest: value of white, where it is not all bits set.
        by_itself: whether the picture is decoded without Pillow, by `decoded_deep`.
        grey: whether it then has one channel.
    """

    bits: int
    highest: int = 0
    by_itself: bool = False
    grey: bool = False

    def own(self, values: NDArray[Any], stored: bool) -> NDArray[Any]:
        """Undo Pillow's spread over 8 or 16 bits: grey values at the depth of the file."""
        highest = self.highest or 2**self.bits - 1
        if self.bits > 16 or values.dtype.kind == "f":
            return values
        if self.bits > 8:
            spread = self.highest and self.highest != 65535
            own = np.rint(values.astype(np.float64) * (highest / 65535)) if spread else values
            return own.astype(np.uint16)
        if not stored or highest == 255:
            return values
        return np.rint(values * (highest / 255)).astype(np.uint8)


def depth_of(path: Path, image: Image.Image) -> Depth:
    """Find the depth of an open picture.

    Raises:
        DataError: if its colours have more bits than any reader here keeps.
    """
    match image.format:
        case "PNG":
            head = _head(path, 26)
            bits, kind = head[24], head[25]
            return Depth(bits, by_itself=bits == 16 and kind != 0, grey=kind in PNG_GREY)
        case "PPM":
            return _pnm(path, image)
        case "JPEG2000":
            return _jpeg2000(path)
        case "BMP" if image.mode in ("1", "P"):
            return Depth(int.from_bytes(_head(path, 30)[28:], "little"))
        case "GIF" if image.mode == "P":
            return Depth((_head(path, 11)[10] & 7) + 1)
    return Depth(8)


def decoded_deep(path: Path, depth: Depth, stored: bool) -> NDArray[Any]:
    """Decode ``(H, W)`` or ``(H, W, 3)``, without alpha, at the depth of the file."""
    content = path.read_bytes()
    values: NDArray[Any] = np.asarray(
        imagecodecs.png_decode(content) if content.startswith(b"\x89PNG") else imagecodecs.jpeg2k_decode(content)
    )
    if values.ndim == 3:
        values = values[..., :3] if values.shape[-1] >= 3 else values[..., 0]
    if depth.bits < 8 and not stored:
        values = np.rint(values * (255 / (2**depth.bits - 1))).astype(np.uint8)
    return np.ascontiguousarray(values)


def _pnm(path: Path, image: Image.Image) -> Depth:
    head = re.sub(rb"#[^\r\n]*", b" ", _head(path, 2048)).split()
    if image.mode == "1":
        return Depth(1)
    if image.mode == "F":
        return Depth(32)
    highest = int(head[3])
    if image.mode == "RGB" and highest > 255:
        raise DataError(
            f"{path}: it is a PPM file in colour whose white is {highest}, more than 8 bits; save it as PNG or TIFF"
        )
    return Depth(highest.bit_length(), highest)


def _jpeg2000(path: Path) -> Depth:
    head = _head(path, HEAD)
    start = head.find(
        b"\xff\x4f\xff\x51"
    )  # SOC and SIZ: 36 bytes later the number of components, then one byte of depth each
    if start < 0 or len(head) < start + 45:
        return Depth(8)
    width, height = (int.from_bytes(head[at : at + 4], "big") for at in (start + 8, start + 12))
    if width * height > MAX_PIXELS:  # Pillow trusts the size in the box around it
        raise too_large(path, width * height)
    components = int.from_bytes(head[start + 40 : start + 42], "big")
    bits = set(head[start + 42 : start + 42 + 3 * components : 3])
    (first, *others) = bits
    if others:
        raise DataError(f"{path}: its channels differ in depth; save it as PNG or TIFF")
    if first == 7:
        return Depth(8)
    colours = head.find(b"colr", 0, start)
    if first & 128 or (colours > 0 and head[colours + 4] == 1 and head[colours + 10] == 18):
        what = "signed values" if first & 128 else "YCbCr"
        raise DataError(f"{path}: it is a JPEG 2000 file of {first % 128 + 1} bits in {what}; save it as PNG or TIFF")
    return Depth(first + 1, by_itself=True, grey=components < 3)


def _head(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)
