"""Images of labels as files of another data set."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.images import read_header, read_whole
from alseg.data.window import Window
from alseg.files import write_bytes
from alseg.handover.labels import Source
from alseg.handover.png import png_of


def copied(source: Source, folder: Path, name: str) -> Path:
    """Copy the image's file as it is; the pixels of a computed one become a PNG."""
    file = source.file
    if file is None:
        return as_png(source, folder / f"{name}.png", "percentile", 1)
    path = folder / f"{name}{file.suffix.lower()}"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, path)
    return path


def as_png(source: Source, path: Path, window: Window, channels: int) -> Path:
    """Write the image at the size of its file as PNG of 8 bits, grey or RGB; deeper ones by the run's window."""
    file, pixels = source.file, source.pixels
    if file is not None and file.suffix.lower() == ".png" and _is_plain(file, channels):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, path)
        return path
    if file is not None:
        whole = read_whole(file, source.place.region, window)
    else:
        assert pixels is not None
        whole = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    write_bytes(path, png_of(_with(whole, channels)))
    return path


def _is_plain(file: Path, channels: int) -> bool:
    header = read_header(file)
    with Image.open(file) as picture:
        return header.bits == 8 and picture.mode == ("L" if channels == 1 else "RGB")


def _with(whole: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Grey repeated for colour, where the data set has both."""
    return np.repeat(whole[..., None], 3, axis=2) if channels == 3 and whole.ndim == 2 else whole
