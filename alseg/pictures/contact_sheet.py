"""Contact sheets: small pictures side by side in one JPEG file, with their layout in its comment.

The layout is JSON, so that a sheet can be taken apart without any other file.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.errors import DataError

BLOCK = 8
"""Pixels of a JPEG block; pictures that share no block do not bleed into one another."""
WIDE = 8
"""Pictures in a line; more of them if the sheet would become taller than wide."""


@dataclass(frozen=True)
class ContactSheet:
    """A contact sheet and its layout.

    Args:
        n: number of pictures, line by line from the upper left.
        columns: pictures in a line.
        size: width and height of a picture, in pixels.
        cell: width and height from one to the next.
        file: the JPEG.
    """

    n: int
    columns: int
    size: tuple[int, int]
    cell: tuple[int, int]
    file: bytes

    @property
    def lines(self) -> int:
        """Number of lines of pictures."""
        return math.ceil(self.n / self.columns)


def contact_sheet(pictures: NDArray[np.uint8], quality: int = 75) -> bytes:
    """``(n, h, w)`` grey or ``(n, h, w, 3)`` RGB pictures, n at least 1, as one JPEG; equal pictures give equal bytes."""
    n, height, width = pictures.shape[:3]
    columns = min(n, max(WIDE, math.ceil(math.sqrt(n))))
    cell = -(-width // BLOCK) * BLOCK, -(-height // BLOCK) * BLOCK
    rest = [(0, 0)] * (pictures.ndim - 3)
    padded = np.pad(pictures, [(0, 0), (0, cell[1] - height), (0, cell[0] - width), *rest], mode="edge")
    padded = np.concatenate([padded, np.zeros((-n % columns, *padded.shape[1:]), dtype=np.uint8)])
    lines = padded.reshape(-1, columns, *padded.shape[1:]).swapaxes(1, 2)
    sheet = np.ascontiguousarray(lines).reshape(-1, columns * cell[0], *padded.shape[3:])
    layout = {"n": n, "columns": columns, "size": [width, height], "cell": list(cell)}
    with BytesIO() as file:
        # without optimize, for which Pillow makes a buffer of a byte per pixel: noise in colour takes more
        Image.fromarray(sheet).save(file, "JPEG", quality=quality, subsampling=0, comment=json.dumps(layout).encode())
        return file.getvalue()


def read_contact_sheet(path: Path) -> ContactSheet:
    """Read what `contact_sheet` wrote; no pixel is decoded.

    Raises:
        DataError: if the file is missing, cut short or no contact sheet.
    """
    try:
        file = path.read_bytes()
        with Image.open(BytesIO(file)) as picture:
            layout, whole = json.loads(picture.info["comment"]), picture.size
        size, cell = ((int(pair[0]), int(pair[1])) for pair in (layout["size"], layout["cell"]))
        found = ContactSheet(int(layout["n"]), int(layout["columns"]), size, cell, file)
        if not file.endswith(b"\xff\xd9") or whole != (found.columns * cell[0], found.lines * cell[1]):
            raise ValueError("it is cut short, or its comment is of another picture")
        if min(found.n, found.columns, *size, *cell) < 1:
            raise ValueError("its comment names sizes below 1")
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, SyntaxError) as error:
        raise DataError(f"{path}: cannot be read as a contact sheet ({' '.join(str(error).split())})") from error
    return found
