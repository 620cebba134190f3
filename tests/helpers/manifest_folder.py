"""Data sets written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


class Folder:
    """A data set that a test writes file by file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def save(self, name: str, pixels: Any, dtype: type[np.generic] = np.uint8, **options: Any) -> Path:
        """Save an array (or a Pillow image) as ``name``."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, dtype=dtype))
        image.save(path, **options)
        return path

    def table(self, *lines: str) -> Path:
        """Write ``manifest.csv``."""
        path = self.root / "manifest.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def segmentation(self, masks: list[Any], shape: tuple[int, int] = (4, 4)) -> None:
        """Grey images a.png, b.png, ... with the given masks (a single value stands for a constant mask)."""
        names = [chr(ord("a") + i) for i in range(len(masks))]
        for i, (name, mask) in enumerate(zip(names, masks)):
            self.save(f"{name}.png", np.full(shape, 10 * i))
            self.save(f"{name}_mask.png", np.full(shape, mask))
        self.table("id,image,mask,group", *(f"{name},{name}.png,{name}_mask.png," for name in names))
