"""Image files that a data set was read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alseg.data.window import Window


@dataclass(frozen=True)
class ImageFiles:
    """The files of N images, for what people see of them and for masks at their size.

    Args:
        paths: N files.
        sizes: N pairs of height and width of the files, in pixels.
        window: rule by which files of more than 8 bits become images; see `alseg.data.window`.
    """

    paths: tuple[Path, ...]
    sizes: tuple[tuple[int, int], ...]
    window: Window = "percentile"

    def __len__(self) -> int:
        return len(self.paths)
