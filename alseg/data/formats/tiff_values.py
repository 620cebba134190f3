"""Meaning of the numbers of a TIFF file: as shown, or as class ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from tifffile import PHOTOMETRIC

from alseg.errors import DataError

COLOURS = {
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.YCBCR: 3,
    PHOTOMETRIC.CIELAB: 3,
    PHOTOMETRIC.ICCLAB: 3,
    PHOTOMETRIC.SEPARATED: 4,
}
"""Channels of each kind of colour; all other images have one."""
GREYS = (PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.PALETTE, PHOTOMETRIC.MASK)
JPEG = (6, 7, 33007, 34892)
"""Compressions whose decoder turns YCbCr into RGB."""
ALPHA = (1, 2)
INKS = 332


def channels_of(page: Any, samples: int, path: Path) -> int:
    """Count the samples of a page that are its picture: 1, 3, or 4 for CMYK; the rest are transparency.

    Raises:
        DataError: if it has other channels, or colours that are not understood.
    """
    kind = page.photometric
    if kind not in COLOURS and kind not in GREYS:
        raise DataError(f"{path}: its colours are {_name(kind)}, which cannot be read here; save it as grey or RGB")
    if kind == PHOTOMETRIC.SEPARATED and page.tags.valueof(INKS, 1) != 1:
        raise DataError(f"{path}: its colours are inks other than CMYK; save it as RGB")
    channels = COLOURS.get(kind, 1)
    more = samples - channels
    alpha = [use for use in tuple(page.extrasamples)[:more] if use in ALPHA]
    left = more - len(alpha)
    if more < 0:
        raise DataError(
            f"{path}: it has {samples} channels where {_name(kind)} needs {channels}; save it as grey or RGB"
        )
    if left > (1 if channels > 1 else 0):  # RGB with one more, unnamed, is transparency too
        raise DataError(f"{path}: it has {samples} channels; save one as a file of its own")
    return channels


def shown(values: NDArray[Any], page: Any, bits: int, path: Path) -> NDArray[Any]:
    """Convert to grey with black as the lowest, or RGB; fewer than 8 bits are spread over 0 to 255.

    Args:
        values: ``(S, H, W)``, or ``(S, H, W, 3 or 4)`` without transparency.
        page: the first of them, with its tags.
        bits: of a sample.
        path: for the errors.

    Returns:
        ``(S, H, W)`` or ``(S, H, W, 3)``.
    """
    match page.photometric:
        case PHOTOMETRIC.PALETTE:
            return _looked_up(values, page, bits)
        case PHOTOMETRIC.MINISWHITE:
            return _spread(_negative(values, bits), bits)
        case PHOTOMETRIC.SEPARATED:
            return _cmyk(values, bits, path)
        case PHOTOMETRIC.CIELAB | PHOTOMETRIC.ICCLAB:
            return _lab(values, page.photometric, path)
        case PHOTOMETRIC.YCBCR if page.compression not in JPEG:
            return _by_pillow(values, "YCbCr", path)
    return _spread(values, bits)


def ids(values: NDArray[Any], page: Any, path: Path) -> NDArray[Any]:
    """Return grey values and indices of a palette as stored, one bit as bool (True is white).

    Raises:
        DataError: if white is zero and the values are 0 and 255, of which then either may be the foreground.
    """
    if page.photometric != PHOTOMETRIC.MINISWHITE:
        return values
    if values.dtype == np.bool_:
        return ~values
    if (values == 255).any() and not ((values > 0) & (values < 255)).any():
        raise DataError(
            f"{path}: it holds 0 and 255 with white as zero (photometric 0), so that viewers show 255 as black: its foreground "
            "may be either; save it with black as zero"
        )
    return values


def _negative(values: NDArray[Any], bits: int) -> NDArray[Any]:
    if values.dtype == np.bool_ or values.dtype.kind == "i":
        return ~values
    turned: NDArray[Any] = values.dtype.type(2**bits - 1) - values if values.dtype.kind == "u" else -values
    return turned


def _spread(values: NDArray[Any], bits: int) -> NDArray[Any]:
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * 255
    if bits < 8 and values.dtype == np.uint8:
        values = np.rint(values * (255 / (2**bits - 1))).astype(np.uint8)
    return values


def _looked_up(values: NDArray[Any], page: Any, bits: int) -> NDArray[np.uint8]:
    colours = np.asarray(page.colormap).reshape(3, -1)
    if colours.max() > 255:  # of 16 bits, as the standard wants it; some writers use 8
        colours = colours >> 8
    table = np.zeros((3, 2**bits), np.uint8)
    table[:, : colours.shape[1]] = colours[:, : 2**bits]
    found = table[:, values.astype(np.intp)]
    grey = (found == found[:1]).all()
    return found[0] if grey else np.ascontiguousarray(np.moveaxis(found, 0, -1))


def _cmyk(values: NDArray[Any], bits: int, path: Path) -> NDArray[Any]:
    if bits == 8:
        return _by_pillow(values, "CMYK", path)
    if bits != 16 or values.dtype != np.uint16:
        raise DataError(f"{path}: it is CMYK of {bits} bits; save it as RGB")
    left = 65535 - values.astype(np.float32)
    return np.rint(left[..., :3] * left[..., 3:] / 65535).astype(np.uint16)


def _lab(values: NDArray[Any], kind: int, path: Path) -> NDArray[np.uint8]:
    if values.dtype not in (np.uint8, np.int8):
        raise DataError(f"{path}: it is {_name(kind)} of {values.dtype}; save it as RGB")
    content = values.view(np.uint8)
    if kind == PHOTOMETRIC.ICCLAB:
        content = content ^ np.array([0, 128, 128], np.uint8)  # a and b are signed in CIELAB, as Pillow takes them
    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    turn = ImageCms.buildTransform(lab, rgb, "LAB", "RGB")
    size = (content.shape[2], content.shape[1])
    turned = [ImageCms.applyTransform(Image.frombytes("LAB", size, one.tobytes()), turn) for one in content]
    return np.stack([np.asarray(one) for one in turned])


def _by_pillow(values: NDArray[Any], mode: str, path: Path) -> NDArray[np.uint8]:
    if values.dtype != np.uint8:
        raise DataError(f"{path}: it is {mode} of {values.dtype}; save it as RGB")
    size = (values.shape[2], values.shape[1])
    return np.stack([np.asarray(Image.frombytes(mode, size, one.tobytes()).convert("RGB")) for one in values])


def _name(photometric: int) -> str:
    return str(getattr(photometric, "name", photometric))
