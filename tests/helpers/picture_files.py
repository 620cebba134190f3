"""Pictures of kinds that Pillow reads and does not write, byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def png(
    path: Path,
    samples: Any,
    bits: int,
    kind: int = GREY,
    palette: Sequence[Sequence[int]] = (),
    before: Sequence[tuple[bytes, bytes]] = (),
    after: Sequence[tuple[bytes, bytes]] = (),
) -> Path:
    """A PNG file.

    Args:
        path: of the file.
        samples: ``(H, W)`` or ``(H, W, channels)`` whole numbers.
        bits: 1, 2, 4, 8 or 16, of each.
        kind: the colour type of the standard.
        palette: red, green and blue of each index.
        before: name and content of chunks before the pixels, and
        after: behind them.
    """
    values = np.asarray(samples)
    rows = values.reshape(len(values), -1).astype(">u2")
    if bits < 8:
        spread = (rows[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        packed = np.packbits(spread.reshape(len(rows), -1).astype(np.uint8), axis=1)
    else:
        packed = rows.astype(np.uint8) if bits == 8 else rows.view(np.uint8)
    lines = b"".join(b"\0" + row.tobytes() for row in packed)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, kind, 0, 0, 0)
    colours = [(b"PLTE", bytes(side for colour in palette for side in colour))] if palette else []
    chunks = [(b"IHDR", header), *colours, *before, (b"IDAT", zlib.compress(lines)), *after, (b"IEND", b"")]
    content = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    return path


def exif(orientation: int) -> bytes:
    """An EXIF block that states nothing else."""
    return struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def pnm(path: Path, kind: bytes, highest: int | None, samples: Any) -> Path:
    """A PBM, PGM or PPM file with a comment; ``highest`` None for PBM, of which samples are 1 for black."""
    values = np.asarray(samples)
    head = kind + b"\n# 5 6\n%d %d\n" % (values.shape[1], values.shape[0]) + (b"%d\n" % highest if highest else b"")
    if kind in (b"P1", b"P2", b"P3"):
        body = b" ".join(b"%d" % value for value in values.ravel())
    elif highest is None:
        body = np.packbits(values.astype(np.uint8), axis=1).tobytes()
    else:
        body = values.astype(np.uint8 if highest < 256 else ">u2").tobytes()
    path.write_bytes(head + body)
    return path
