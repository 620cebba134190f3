"""Header of an image file: size, channels and depth."""

from __future__ import annotations

from typing import NamedTuple


class Header(NamedTuple):
    """Properties of an image file, known before any of its pixels is decoded.

    Args:
        size: height and width of the file, in pixels.
        channels: 1 for grey (of any depth, and with a palette of greys), 3 for colour.
        bits: of a sample as the file stores it, such as 1, 4, 8, 12, 16 or 32; of an index where it has a palette.
    """

    size: tuple[int, int]
    channels: int
    bits: int

    @property
    def deep(self) -> bool:
        """True if its values need a window to fit into 8 bits; see `alseg.data.window`."""
        return self.bits > 8
