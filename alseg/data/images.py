"""One image file to uint8 channels, one mask file to uint8 class ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from alseg.data.formats.kind import kind_of
from alseg.data.region import Region
from alseg.errors import DataError

# Pillow can also open formats that start other programs (EPS runs Ghostscript); a data set must not.
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "PPM", "WEBP", "JPEG2000")
CONVERT = "alseg data convert FROM --to DIR makes a data set of the slices in such files"
GREY = ("1", "L", "LA")


class Header(NamedTuple):
    """What the first bytes of an image file tell.

    Args:
        size: height and width of the file, in pixels.
        channels: 1 for grey (of any depth), 3 for colour; an image with a palette counts as colour.
        bits: of each channel, as the file stores it.
    """

    size: tuple[int, int]
    channels: int
    bits: int = 8


def read_header(path: Path) -> Header:
    """Size and channels of an image file, without decoding its pixels.

    Raises:
        DataError: if the file is not an image.
    """
    with _opened(path) as image:
        return Header((image.height, image.width), 1 if image.mode in GREY or _is_deep(image) else 3, _bits(image))


def read_image(path: Path, size: tuple[int, int], channels: int, region: Region | None = None) -> NDArray[np.uint8]:
    """Decode an image, cut to a region and resized bilinearly with antialiasing.

    Images of more than 8 bits or of floats are scaled linearly, each from its own minimum..maximum to 0..255 (a
    constant one becomes 0). Palettes are looked up; transparency is dropped, which leaves the pixels as stored. The cut
    comes first, so that nothing outside of the region, such as a bright caption, has a say in that scale: the result is
    that of a file which holds the region alone.

    Args:
        path: the file.
        size: height and width wanted, in pixels.
        channels: 1 for grey, 3 for RGB (a grey image is repeated).
        region: the part of the file to use; None: all of it.

    Returns:
        ``(channels, H, W)`` uint8.

    Raises:
        DataError: if the file is not an image, is truncated or holds non-finite values.
    """
    with _opened(path) as whole:
        image = _cut(whole, region)
        eight_bit = _stretched(image, path) if _is_deep(image) else image
        if eight_bit.mode == "P":  # by way of RGBA, because Pillow warns of palettes with transparency otherwise
            eight_bit = eight_bit.convert("RGBA")
        eight_bit = eight_bit.convert("L" if channels == 1 else "RGB")
        if (eight_bit.height, eight_bit.width) != size:
            eight_bit = eight_bit.resize(size[::-1], Image.Resampling.BILINEAR, reducing_gap=3.0)
        array = np.asarray(eight_bit)
    return array[None] if channels == 1 else array.transpose(2, 0, 1)


def read_mask(
    path: Path, size: tuple[int, int], region: Region | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Decode a mask, cut to a region and resized to the nearest pixel. In a palette mask the index is the class id.

    Args:
        path: the file.
        size: height and width wanted, in pixels.
        region: the part of the file to use; None: all of it.

    Returns:
        ``(H, W)`` uint8 values, and ``(256,)`` bool: which values the region holds at the resolution of the file.

    Raises:
        DataError: if the file is not an image, is truncated, is in colour or holds values other than 0..255.
    """
    with _opened(path) as image:
        mask = Image.fromarray(_class_ids(_cut(image, region), path))
        held = np.asarray(mask.histogram()) > 0
        if (mask.height, mask.width) != size:
            mask = mask.resize(size[::-1], Image.Resampling.NEAREST)
        return np.asarray(mask), held


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Whatever Pillow raises on a broken file, in one line that names the file."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            frames = getattr(image, "n_frames", 1)
            if frames > 1 and image.format != "MPO":  # MPO: a photo with its own preview
                volume = image.format == "TIFF"
                raise DataError(f"{path}: it holds {frames} images; {CONVERT if volume else 'save one file for each'}")
            yield image
    except DataError:
        raise
    except UnidentifiedImageError as error:
        kind = kind_of(path)
        if kind in ("NIfTI", "DICOM file"):
            raise DataError(f"{path}: it is a {kind.removesuffix(' file')} file; {CONVERT}") from error
        raise DataError(f"{path}: it is not an image; use one of {', '.join(FORMATS)}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: it cannot be decoded ({reason}); the file may be truncated, copy it again") from error


def _cut(image: Image.Image, region: Region | None) -> Image.Image:
    if region is None:
        return image
    return image.crop((region.x, region.y, region.x + region.width, region.y + region.height))


def _bits(image: Image.Image) -> int:
    return 1 if image.mode == "1" else 8 if not _is_deep(image) else 16 if ";16" in image.mode else 32


def _is_deep(image: Image.Image) -> bool:
    return image.mode[0] in "IF"  # I, F, I;16, I;16B, ...


def _stretched(image: Image.Image, path: Path) -> Image.Image:
    values = np.asarray(image).astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(high - low):
        raise DataError(f"{path}: it holds NaN or infinite values; every pixel must be a finite number")
    return Image.fromarray(np.rint((values - low) * (255 / ((high - low) or 1))).astype(np.uint8))


def _class_ids(image: Image.Image, path: Path) -> NDArray[np.uint8]:
    if image.mode == "1":
        return np.asarray(image).astype(np.uint8)  # the bit itself: what 255 means is another question
    values = np.asarray(image)
    if image.mode in ("LA", "PA"):
        values = values[..., 0]
    if image.mode in ("RGB", "RGBA"):
        if (values[..., :1] != values[..., 1:3]).any():
            raise DataError(f"{path}: it is a colour image; a mask holds class ids in one channel (grey or palette)")
        values = values[..., 0]
    if values.ndim != 2:
        raise DataError(f"{path}: its pixels are {image.mode}; a mask holds class ids in one channel (grey or palette)")
    if values.dtype != np.uint8:
        wrong = values[~((values >= 0) & (values <= 255) & (values == np.trunc(values)))]
        if wrong.size:
            raise DataError(f"{path}: it holds the value {wrong[0]}; class ids are whole numbers from 0 to 254")
    return np.ascontiguousarray(values, dtype=np.uint8)
