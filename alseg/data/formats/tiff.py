"""TIFF: 8 or 16 bits, one page or many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from alseg.data.formats.stack import Stack
from alseg.errors import DataError


def read_tiff(path: Path) -> Stack:
    """Every page is a slice; all must have the same size and depth.

    Its resolution tags are about printing (or left at a default), not about the patient: the spacing is unknown.

    Raises:
        DataError: if it is no TIFF, is truncated, compressed in a way that cannot be read here, or holds pages that differ.
    """
    try:
        with tifffile.TiffFile(path) as file:
            white_is_zero = file.pages.first.photometric == tifffile.PHOTOMETRIC.MINISWHITE
            pages = [_pixels(page, path) for page in file.pages]
    except DataError:
        raise
    except Exception as error:  # tifffile raises TiffFileError, ValueError, struct.error, codecs' own errors, ...
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"{path}: it cannot be read as TIFF ({reason}); the file may be truncated, copy it again"
        ) from error
    if not pages:
        raise DataError(f"{path}: it has no pages")
    if len({(page.shape, page.dtype) for page in pages}) > 1:
        raise DataError(f"{path}: its pages differ in size or depth; save the one that matters as a file of its own")
    stack = np.stack(pages)
    if stack.ndim == 4:
        stack = stack[..., :3] if stack.shape[-1] >= 3 else stack[..., 0]
    if white_is_zero and np.issubdtype(stack.dtype, np.unsignedinteger):
        stack = np.iinfo(stack.dtype).max - stack
    return Stack(stack)


def _pixels(page: Any, path: Path) -> NDArray[Any]:
    if page.compression not in tifffile.TIFF.DECOMPRESSORS:
        name = getattr(page.compression, "name", page.compression)
        raise DataError(f"{path}: its compression {name} cannot be decoded here; save it as LZW or uncompressed")
    values: NDArray[Any] = page.asarray()
    return np.moveaxis(values, 0, -1) if page.axes == "SYX" else values  # colours stored plane by plane
