"""Images at the size of their files, as people see them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.file_size import size_of_file
from alseg.data.formats.kind import is_tiff
from alseg.data.images import read_header, read_whole
from alseg.oracles.people.file_names import safe_names

OPENED_EVERYWHERE = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")


class Originals:
    """Images of a data set at full size; those without files, as of a phantom, at the size of the data set.

    Args:
        dataset: the images.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.row = {id_: row for row, id_ in enumerate(dataset.ids)}
        self.names = safe_names(dataset.ids)

    def size(self, id_: str) -> tuple[int, int]:
        """Height and width in pixels."""
        return size_of_file(self.dataset, self.row[id_])

    def pixels(self, id_: str) -> NDArray[np.uint8]:
        """``(h, w)``, or ``(h, w, 3)`` in colour, with the window that the data set uses."""
        row, dataset = self.row[id_], self.dataset
        if dataset.files is None:
            image = dataset.images[row].transpose(1, 2, 0)
            return np.ascontiguousarray(image[..., 0] if dataset.channels == 1 else image)
        region = None if dataset.regions is None else dataset.regions[row]
        return read_whole(dataset.files[row], region, dataset.window_rule)

    def save(self, id_: str, folder: Path, link: bool = False) -> str:
        """Put the image into a folder: its own file where every program opens such files, else a PNG file of 8 bits.

        Args:
            id_: of the image.
            folder: that is there.
            link: make a hard link where that is possible. Whoever changes the file then changes the data set.

        Returns:
            The name of the file.
        """
        path = None if self.dataset.files is None else self.dataset.files[self.row[id_]]
        if path is None or not opened_everywhere(path):
            name = f"{self.names[id_]}.png"
            Image.fromarray(self.pixels(id_)).save(folder / name)
            return name
        name = f"{self.names[id_]}{path.suffix.lower()}"
        if link:
            try:
                os.link(os.path.realpath(path), folder / name)
            except OSError:  # another disk, or one without such links
                link = False
        if not link:
            shutil.copyfile(path, folder / name)
        return name


def opened_everywhere(path: Path) -> bool:
    """True if every program and browser opens such files and shows what alseg sees, without a window."""
    return path.suffix.lower() in OPENED_EVERYWHERE and not is_tiff(path) and not read_header(path).deep
