"""Thumbnails of all images, packed into a few large JPEG files."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDES = ((2_000, 96), (10_000, 64), (40_000, 48))
"""Longer side of a thumbnail in pixels, by the largest number of images that it is for."""
LEAST = 32
"""Longer side of a thumbnail in pixels for still more images."""
LIMIT = 30_000_000
"""Most base64 characters for all thumbnails of a page; quality, then size, are lowered to keep to it."""
QUALITIES = (85, 70, 55, 40)
BLOCK = 8
"""Pixels of a JPEG block; thumbnails that share no block do not bleed into one another."""
SHEET = 1024
"""Longest side of a sheet in pixels, so that a browser decodes one in a few milliseconds, and only when it is looked at."""


def thumbnails(images: NDArray[np.uint8], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """These rows of ``(N, C, H, W)`` images as ``(n, h, w)`` grey or ``(n, h, w, 3)`` RGB; never enlarged."""
    longest = next((side for most, side in SIDES if len(rows) <= most), LEAST)
    channels, height, width = images.shape[1:]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.empty((len(rows), size[1], size[0], channels), dtype=np.uint8)
    for place, row in enumerate(rows):
        whole = images[row].transpose(1, 2, 0)
        picture = Image.fromarray(whole[..., 0] if channels == 1 else np.ascontiguousarray(whole))
        resized = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
        small[place] = np.asarray(resized).reshape(size[1], size[0], channels)
    return small[..., 0] if channels == 1 else small


@dataclass(frozen=True)
class Sheets:
    """Thumbnails side by side, row by row.

    Args:
        size: width and height of a thumbnail, in pixels.
        cell: width and height from one to the next.
        columns: thumbnails in a line of a sheet.
        per_sheet: thumbnails in a sheet; the last may hold fewer.
        files: the sheets as JPEG.
    """

    size: tuple[int, int]
    cell: tuple[int, int]
    columns: int
    per_sheet: int
    files: tuple[bytes, ...]

    @property
    def characters(self) -> int:
        """Number of base64 characters of all files."""
        return sum(-(-len(file) // 3) * 4 for file in self.files)


def sheets(pictures: NDArray[np.uint8], limit: int = LIMIT) -> Sheets:
    """Thumbnails as JPEG files of at most ``limit`` characters of base64, as good as that allows."""
    while True:
        for quality in QUALITIES:
            found = _sheets(pictures, quality)
            if found.characters <= limit or max(pictures.shape[1:3]) <= BLOCK:
                return found
        pictures = _halved(pictures)


def _sheets(pictures: NDArray[np.uint8], quality: int) -> Sheets:
    n, height, width = pictures.shape[:3]
    cell = -(-width // BLOCK) * BLOCK, -(-height // BLOCK) * BLOCK
    columns, lines = max(1, SHEET // cell[0]), max(1, SHEET // cell[1])
    per_sheet = columns * lines
    files = []
    for start in range(0, n, per_sheet):
        part = _padded(pictures[start : start + per_sheet], cell)
        here = min(columns, len(part))
        missing = -len(part) % here
        part = np.concatenate([part, np.zeros((missing, *part.shape[1:]), dtype=np.uint8)])
        grid = part.reshape(-1, here, *part.shape[1:]).swapaxes(1, 2)
        sheet = np.ascontiguousarray(grid).reshape(-1, here * cell[0], *part.shape[3:])
        with BytesIO() as file:
            Image.fromarray(sheet).save(file, "JPEG", quality=quality, subsampling=0, optimize=True)
            files.append(file.getvalue())
    return Sheets((width, height), cell, columns, per_sheet, tuple(files))


def _padded(pictures: NDArray[np.uint8], cell: tuple[int, int]) -> NDArray[np.uint8]:
    more = cell[1] - pictures.shape[1], cell[0] - pictures.shape[2]
    widths = [(0, 0), (0, more[0]), (0, more[1])] + [(0, 0)] * (pictures.ndim - 3)
    return np.pad(pictures, widths, mode="edge")


def _halved(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of two by two pixels; an odd last row or column is repeated."""
    even = pictures.shape[1] + pictures.shape[1] % 2, pictures.shape[2] + pictures.shape[2] % 2
    p = _padded(pictures, even[::-1]).astype(np.uint16)
    return ((p[:, ::2, ::2] + p[:, 1::2, ::2] + p[:, ::2, 1::2] + p[:, 1::2, 1::2] + 2) // 4).astype(np.uint8)
