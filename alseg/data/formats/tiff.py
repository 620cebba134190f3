"""TIFF: any depth, grey or in colour, one page or many."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from alseg.data.formats.header import Header
from alseg.data.formats.refusals import in_one_line, refuse_drawn_in_alpha
from alseg.data.formats.stack import Stack
from alseg.data.formats.tiff_chain import directories
from alseg.data.formats.tiff_jpeg import refuse_oversized_jpegs
from alseg.data.formats.tiff_layout import Layout, layout
from alseg.data.formats.tiff_spacing import spacing_of
from alseg.data.formats.tiff_values import JPEG, channels_of, ids, shown
from alseg.errors import DataError

UNSURE = 33003
"""Aperio's JPEG 2000, whose colours may be YCbCr although the file says otherwise."""

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # its messages are reported as errors, in one line


def tiff_header(path: Path) -> tuple[Header, int]:
    """Read size, channels, depth and the number of slices, without decoding any pixel.

    Raises:
        DataError: see `read_tiff`.
    """
    with _opened(path) as (_, found):
        page = found.page
        channels = channels_of(page, found.samples, path)
        if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
            colours = np.asarray(page.colormap).reshape(3, -1)
            channels = 1 if (colours == colours[:1]).all() else 3
        return Header(found.size, min(channels, 3), _bits(page, path)), found.slices


def read_tiff(path: Path, stored: bool = False) -> Stack:
    """Read the slices of the file's only image, as they are shown: grey at their own depth, or ``(S, H, W, 3)``.

    White becomes the highest value where it is stored as zero. Palettes are looked up, and are grey where all their colours are;
    CMYK, YCbCr and Lab become RGB. Fewer than 8 bits are spread over 0 to 255. Transparency is dropped, which leaves the
    colours as stored. The spacing is known where ImageJ or OME state it; resolution tags alone are about printing (or left at
    a default).

    Args:
        path: the file.
        stored: for masks: grey values and indices of a palette as they are stored, of one bit as bool (True is white).

    Raises:
        DataError: if it is no TIFF, truncated, too large, or to be turned; compressed or coloured in a way that cannot be read
            here; or holds several images, channels or time points.
    """
    with _opened(path) as (file, found):
        page, bits = found.page, _bits(found.page, path)
        channels = channels_of(page, found.samples, path)
        every = _values(found, path)
        values = every[..., 0] if channels == 1 else every[..., :channels]
        if stored and found.samples > channels:
            for slice_, alpha in zip(values, every[..., channels]):
                refuse_drawn_in_alpha(slice_, alpha, path)
        grey = stored and channels == 1
        values = ids(values, page, path) if grey else shown(values, page, bits, path)
        return Stack(np.ascontiguousarray(values), *spacing_of(file, page))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tifffile.TiffFile, Layout]]:
    with in_one_line(path):
        pages = directories(path)
        with tifffile.TiffFile(path, _multifile=False) as file:  # otherwise OME metadata could name any file
            yield file, layout(file, pages, path)


def _bits(page: Any, path: Path) -> int:
    if page.compression not in tifffile.TIFF.DECOMPRESSORS or page.compression == UNSURE:
        name = getattr(page.compression, "name", page.compression)
        raise DataError(f"{path}: its compression {name} cannot be decoded here; save it as LZW or uncompressed")
    bits = page.bitspersample
    if page.dtype is None or page.dtype.kind not in "buif" or not isinstance(bits, int):
        format_ = getattr(page.sampleformat, "name", page.sampleformat)
        raise DataError(
            f"{path}: its pixels are of {bits} bits ({format_}), which cannot be read here; save it with 8 or 16"
        )
    return bits


def _values(found: Layout, path: Path) -> NDArray[Any]:
    """Decode ``(S, H, W, samples)``, as stored."""
    if found.page.compression in JPEG:
        height, width = found.size
        refuse_oversized_jpegs(path, found.series, height * width)
    values: NDArray[Any] = found.series.asarray()
    return values.transpose(found.order).reshape(found.slices, *found.size, found.samples)
