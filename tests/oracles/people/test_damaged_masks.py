"""Mask files with damage anywhere: a mask, or one line."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alseg.data.fit import Place
from alseg.errors import AlsegError
from alseg.oracles.people.mask_file import read_mask_answer

SHAPE, CLASSES = (20, 16), ["background", "lumen"]


def saved(kind: str, rng: np.random.Generator) -> bytes:
    with BytesIO() as file:
        options = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
        Image.fromarray(rng.integers(0, 2, SHAPE, dtype=np.uint8)).save(file, kind, **options)
        return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF", "PPM", "JPEG2000"])
def test_damage_is_one_line_or_harmless(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    whole, path = saved(kind, rng), tmp_path / "a.img"
    said: list[str] = []
    for _ in range(40):
        content = bytearray(whole[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.5 else whole)
        for place in rng.integers(0, len(content), 3):
            content[place] = rng.integers(0, 256)
        path.write_bytes(content)
        try:
            target = read_mask_answer(path, Place(), SHAPE, (8, 8), CLASSES)
            assert (target.shape, target.dtype) == ((8, 8), np.uint8)
            assert set(np.unique(target)) <= {0, 1, 255}
        except AlsegError as error:
            said.append(str(error))
    assert len(said) > 10
    assert all(line.startswith(f"{path}: ") and "\n" not in line for line in said)
