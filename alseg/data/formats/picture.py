"""PNG, JPEG and the other formats that Pillow reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from warnings import filterwarnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from alseg.data.formats.header import Header
from alseg.data.formats.kind import kind_of
from alseg.data.formats.picture_depth import Depth, decoded_deep, depth_of
from alseg.data.formats.refusals import in_one_line, refuse_drawn_in_alpha, refuse_turned
from alseg.data.formats.stack import Stack
from alseg.errors import DataError

# Pillow can also open formats that start other programs (EPS runs Ghostscript); a data set must not. TIFF is left out, for
# `alseg.data.formats.tiff` reads more of its kinds of pixels.
PILLOW = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "JPEG2000")
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "PPM", "WEBP", "JPEG2000")
CONVERT = "alseg data convert FROM --to DIR makes a data set of the slices in such files"

filterwarnings(
    "ignore", category=Image.DecompressionBombWarning
)  # twice as many pixels are an error, and that is the limit


def picture_header(path: Path) -> Header:
    """Read size, channels and depth, without decoding any pixel.

    Raises:
        DataError: if it is no picture, a film, too large, or to be turned.
    """
    with _opened(path) as (image, depth):
        if image.mode in ("P", "PA"):
            channels = 1 if _is_grey(image) else 3
        else:
            channels = 1 if image.mode in ("1", "L", "LA") or image.mode[0] in "IF" or depth.grey else 3
        return Header((image.height, image.width), channels, depth.bits)


def read_picture(path: Path, stored: bool = False) -> Stack:
    """Read a picture as it is shown, as a stack of one: grey at its own depth, or ``(1, H, W, 3)``.

    Palettes are looked up, and are grey where all their colours are. Fewer than 8 bits are spread over 0 to 255.
    Transparent pixels keep their colour. CMYK and YCbCr become RGB. Resolution tags (dots per inch) are about printing,
    not about the patient: the spacing is unknown.

    Args:
        path: the file.
        stored: for masks: the indices of a palette; grey values as the file holds them, of one bit as bool (in PBM, where 1 is
            black, True is white).

    Raises:
        DataError: if it is no picture, a film, truncated, too large, or to be turned.
    """
    with _opened(path) as (image, depth):
        values = _pixels(image, depth, path, stored)
        image.load()
        _refuse_turned(path, image)  # again: a PNG file may state it behind the pixels
        if stored and image.mode in ("LA", "RGBA"):
            refuse_drawn_in_alpha(values, np.asarray(image.getchannel("A")), path)
        return Stack(values[None])


def read_mask_pixels(path: Path, threshold: int = 0) -> NDArray[np.bool_]:
    """Read a black-and-white mask, ``(H, W)``: True above the threshold in any channel.

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
def _opened(path: Path) -> Iterator[tuple[Image.Image, Depth]]:
    try:
        with in_one_line(path), Image.open(path, formats=PILLOW) as image:
            frames = getattr(image, "n_frames", 1)
            if frames > 1 and image.format != "MPO":  # MPO: a photo with its own preview
                raise DataError(f"{path}: it holds {frames} images; save one file for each")
            _refuse_turned(path, image)
            yield image, depth_of(path, image)
    except DataError as error:
        if not isinstance(error.__cause__, UnidentifiedImageError):
            raise
        kind = kind_of(path)
        if kind in ("NIfTI", "DICOM file"):
            raise DataError(f"{path}: it is a {kind.removesuffix(' file')} file; {CONVERT}") from error
        raise DataError(f"{path}: it is not an image; use one of {', '.join(FORMATS)}") from error


def _refuse_turned(path: Path, image: Image.Image) -> None:
    if image.format == "PNG" and not image.info.keys() & {"exif", "Raw profile type exif", "XML:com.adobe.xmp"}:
        return  # Pillow would decode the pixels to look for EXIF behind them
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # an EXIF block that cannot be read is one that no viewer turns by
        return
    refuse_turned(path, orientation)


def _pixels(image: Image.Image, depth: Depth, path: Path, stored: bool) -> NDArray[Any]:
    if image.mode in ("P", "PA"):
        return _indices(image) if stored else _looked_up(image)
    if image.mode == "1":
        return np.asarray(image) if stored else np.asarray(image.convert("L"))
    if depth.by_itself:
        return decoded_deep(path, depth, stored)
    if image.mode in ("LA", "L") or image.mode[0] in "IF":
        values = np.asarray(image)
        return depth.own(values[..., 0] if values.ndim == 3 else values, stored)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))  # RGBA: the transparent keep their colour


def _indices(image: Image.Image) -> NDArray[np.uint8]:
    values = np.asarray(image)
    return values[..., 0] if values.ndim == 3 else values


def _looked_up(image: Image.Image) -> NDArray[np.uint8]:
    colours = np.asarray(
        image.convert("RGBA").convert("RGB")
    )  # RGBA: Pillow warns of palettes with transparency otherwise
    grey = (colours[..., :1] == colours).all()
    return np.ascontiguousarray(colours[..., 0]) if grey else colours


def _is_grey(image: Image.Image) -> bool:
    palette = image.palette
    if palette is None:
        return False
    entries = np.frombuffer(bytes(palette.palette), np.uint8)
    sides = len(palette.rawmode or palette.mode)
    colours = entries[: len(entries) // sides * sides].reshape(-1, sides)[:, :3]
    return bool((colours == colours[:, :1]).all())
