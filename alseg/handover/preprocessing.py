"""Preprocessing of image files as a run's data set was read: channels, window, region, fit and size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from alseg.data.fit import FITS, Place, place, placed_image
from alseg.data.images import read_header
from alseg.data.region import Region
from alseg.data.window import Window, checked
from alseg.errors import DataError


@dataclass(frozen=True)
class Preprocessing:
    """Everything that happens to an image file before a learner normalises it.

    Args:
        size: height and width of what the learner sees.
        channels: 1 for grey, 3 for RGB.
        window: of files of more than 8 bits; see `alseg.data.window`.
        fit: of files of another shape; see `alseg.data.fit`.
        region: column of the manifest with the part of each file that is used; None: the whole file.
    """

    size: tuple[int, int]
    channels: int
    window: Window = "percentile"
    fit: str = FITS[0]
    region: str | None = None

    @classmethod
    def of(cls, data: DictConfig, size: tuple[int, int], channels: int) -> Preprocessing:
        """That of a run by the node ``data`` of its config; older runs and computed data sets have the defaults."""
        node: Any = OmegaConf.to_container(data, resolve=True)
        window = checked(node.get("window") or "percentile")
        return cls(size, channels, window, node.get("fit") or FITS[0], node.get("region"))

    def place(self, file: Path, region: Region | None = None) -> tuple[Place, tuple[int, int]]:
        """Place of a file in the image that the learner sees, and height and width of the file.

        Raises:
            DataError: if the file is no image, or is in colour where the run's images are grey.
        """
        header = read_header(file)
        if header.channels > self.channels:
            raise DataError(f"{file}: it is in colour, and the run's images are grey; convert it to grey")
        return place(header.size, region, self.size, self.fit), header.size

    def image(self, file: Path, where: Place) -> NDArray[np.uint8]:
        """Read an image, ``(channels, H, W)``; a grey file is repeated for three channels, as in the run.

        Raises:
            DataError: if the file cannot be read.
        """
        return placed_image(file, where, self.size, self.channels, self.window)

    def described(self) -> dict[str, Any]:
        """All of it as JSON-able values."""
        window = self.window if isinstance(self.window, str) else list(self.window)
        return {
            "channels": self.channels,
            "colour": "grey" if self.channels == 1 else "RGB",
            "size": list(self.size),
            "fit": self.fit,
            "window": window,
            "region": self.region,
            "resize": "bilinear with antialiasing, to whole grey levels of 8 bits",
            "padding": 0,
        }
