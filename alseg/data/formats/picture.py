"""PNG, JPEG and other single pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from alseg.data.formats.stack import Stack
from alseg.data.images import FORMATS
from alseg.errors import DataError


def read_picture(path: Path) -> Stack:
    """A stack of one: grey at its own depth, or RGB. Palettes are looked up, and are grey where all their colours are.

    Their resolution tags (dots per inch) are about printing, not about the patient: the spacing is unknown.

    Raises:
        DataError: if it is no picture or is truncated.
    """
    with _opened(path) as image:
        return Stack(_pixels(image)[None])


def size_of_whole(path: Path) -> tuple[int, int]:
    """Height and width of a picture all of whose pixels can be decoded.

    Raises:
        DataError: if it is no picture or is truncated.
    """
    with _opened(path) as image:
        image.load()
        return image.height, image.width


def read_mask_pixels(path: Path, threshold: int = 0) -> NDArray[np.bool_]:
    """A black-and-white mask, ``(H, W)``: True above the threshold in any channel.

    Args:
        path: the file.
        threshold: 0 for clean masks; 127 for masks that went through JPEG.

    Raises:
        DataError: see `read_picture`.
    """
    (pixels,) = read_picture(path).slices
    brightest = pixels.max(axis=-1) if pixels.ndim == 3 else pixels
    above: NDArray[np.bool_] = brightest > threshold
    return above


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path, formats=FORMATS) as image:
            yield image
    except UnidentifiedImageError as error:
        raise DataError(f"{path}: it is not an image; use one of {', '.join(FORMATS)}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: it cannot be decoded ({reason}); the file may be truncated, copy it again") from error


def _pixels(image: Image.Image) -> NDArray[Any]:
    if image.mode == "1":
        return np.asarray(image.convert("L"))
    if image.mode in ("LA", "L") or image.mode[0] in "IF":
        values = np.asarray(image)
        return values[..., 0] if values.ndim == 3 else values
    colours = np.asarray(image.convert("RGBA").convert("RGB"))
    if image.mode in ("P", "PA") and (colours[..., :1] == colours).all():
        return np.ascontiguousarray(colours[..., 0])
    return colours
