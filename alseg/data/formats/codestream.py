"""Headers of compressed frames, read before decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass

START_OF_SCAN = 0xDA
LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
NO_FRAME = (0xC4, 0xC8, 0xCC)
"""Markers in the range of frame markers that start no frame: tables, an extension, arithmetic coding."""
WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))


@dataclass(frozen=True)
class Codestream:
    """The header of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Args:
        shape: height, width, values per pixel.
        whole: whether it has an end.
        lossless: a lossless JPEG.
        jfif: it has a JFIF marker.
        adobe: the colour transform of its Adobe marker, or None.
        letters: its components are called R, G and B.
        subsampled: its components have different numbers of values.
    """

    shape: tuple[int, int, int]
    whole: bool = True
    lossless: bool = False
    jfif: bool = False
    adobe: int | None = None
    letters: bool = False
    subsampled: bool = False

    def is_rgb(self, photometric: str) -> bool:
        """True if the three components of a lossy JPEG are red, green and blue, not luminance and two of chrominance.

        Names of components count first. A header that says YBR is trusted; one that says RGB is not where a JFIF or an Adobe
        marker or fewer values of chrominance contradict it, as encoders convert colours by themselves.
        """
        if self.letters:
            return True
        return photometric == "RGB" and not (self.jfif or self.adobe == 1 or self.subsampled)


def describe(source: bytes) -> Codestream | None:
    """Read the header of a codestream; None if it has none.

    Args:
        source: a frame.
    """
    try:
        if source[:2] == b"\xff\xd8":
            return _jpeg(source)
        start = (
            0 if source[:4] == b"\xff\x4f\xff\x51" else source.find(b"\xff\x4f\xff\x51", 0, 4096)
        )  # within JP2 boxes
        return None if start < 0 else _jpeg_2000(source[start:])
    except (IndexError, struct.error):
        return None


def _jpeg(source: bytes) -> Codestream | None:
    at, jfif, frame = 2, False, None
    adobe: int | None = None
    while True:
        if source[at] != 0xFF:
            return None
        marker = source[at + 1]
        if marker == 0xFF or marker in WITHOUT_LENGTH:  # padding; restart and the like
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", source, at + 2)
        content = source[at + 4 : at + 2 + length]
        if marker == START_OF_SCAN:
            break
        if marker == 0xE0 and content.startswith(b"JFIF"):
            jfif = True
        elif marker == 0xEE and content.startswith(b"Adobe") and len(content) >= 12:
            adobe = content[11]
        elif marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in NO_FRAME):
            frame = marker, content
        at += 2 + length
    if frame is None:
        return None
    marker, content = frame
    height, width, components = struct.unpack_from(">HHB", content, 1)
    names = [content[6 + 3 * i] for i in range(components)]
    sampling = {content[7 + 3 * i] for i in range(components)}
    return Codestream(
        (height, width, components),
        whole=source.find(b"\xff\xd9", at) >= 0,  # within the pixels an FF is followed by 00
        lossless=marker in LOSSLESS,
        jfif=jfif,
        adobe=adobe,
        letters=bytes(names) in (b"RGB", b"rgb"),
        subsampled=len(sampling) > 1,
    )


def _jpeg_2000(source: bytes) -> Codestream:
    right, lower, left, upper = struct.unpack_from(">4I", source, 8)
    (components,) = struct.unpack_from(">H", source, 40)
    return Codestream((lower - upper, right - left, components))
