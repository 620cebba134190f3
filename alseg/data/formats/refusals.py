"""Refusals of image files: broken, too large, or to be turned before viewing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PIL import Image

from alseg.errors import DataError, reason_of

MAX_PIXELS = 178_956_970
"""Most pixels of any image: Pillow's own limit; more would take 537 MB in colour, several times over."""

TURNED = {
    2: "mirrored left to right",
    3: "turned by 180 degrees",
    4: "mirrored top to bottom",
    5: "mirrored along the diagonal from the top left",
    6: "turned clockwise by 90 degrees",
    7: "mirrored along the diagonal from the top right",
    8: "turned counter-clockwise by 90 degrees",
}
"""Turn or mirroring by viewers, by orientation (EXIF, TIFF tag 274)."""


@contextmanager
def in_one_line(path: Path) -> Iterator[None]:
    """Turn any exception of a library on a broken file into one line that names the file."""
    try:
        yield
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        (pixels,) = re.findall(r"\((\d+) pixels\)", str(error)) or [MAX_PIXELS + 1]
        raise too_large(path, int(pixels)) from error
    except MemoryError as error:
        raise DataError(f"{path}: it does not fit into the memory; {TILES}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, codecs' own errors, ...
        raise DataError(
            f"{path}: it cannot be decoded ({reason_of(error, 200)}); the file may be truncated, copy it again"
        ) from error


TILES = (
    "cut it, and its mask alike, into tiles (magick FILE -crop 2048x2048 +repage FILE_%03d.png), each a row of the manifest "
    "with the group of the whole"
)


def too_large(path: Path, pixels: int) -> DataError:
    """Make the error for an image of more than `MAX_PIXELS`."""
    return DataError(
        f"{path}: it is too large, {pixels / 1e6:.1f} megapixels where {MAX_PIXELS / 1e6:.1f} are the limit; {TILES}"
    )


def refuse_turned(path: Path, orientation: object) -> None:
    """Refuse an image that viewers turn: its mask may be drawn either as stored or as shown.

    Args:
        path: the file.
        orientation: its EXIF or TIFF orientation; anything but a number from 2 to 8 means as stored, as for viewers.

    Raises:
        DataError: if viewers show it otherwise than it is stored.
    """
    if isinstance(orientation, int) and orientation in TURNED:
        raise DataError(
            f"{path}: its orientation is {orientation}, so viewers show it {TURNED[orientation]} from how it is stored, and image "
            "and mask may not lie on each other; save both as they are shown, with orientation 1 (magick FILE -auto-orient FILE)"
        )


def refuse_drawn_in_alpha(values: NDArray[Any], alpha: NDArray[Any], path: Path) -> None:
    """Transparency is dropped, which must not be where a mask was drawn.

    Args:
        values: the pixels of a mask without it.
        alpha: the transparency.
        path: for the error.

    Raises:
        DataError: if all pixels are the same and their transparency is not.
    """
    if (values == values[:1, :1]).all() and (alpha != alpha[0, 0]).any():
        raise DataError(
            f"{path}: all of its pixels have one value, and their transparency (alpha) differs, so that the mask may be drawn "
            "there; save it as grey without alpha (magick FILE -alpha extract FILE)"
        )
