"""Copy or write the files of one item into the data set's folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.convert.item import Item, Pixels
from alseg.data.images import size_of_whole
from alseg.errors import DataError


class Placed(NamedTuple):
    """Paths of the files of an item below the data set's folder; empty for those that it has not."""

    image: str
    mask: str
    files: list[str]


def place(item: Item, root: Path, owned: Path | None) -> Placed:
    """Decode files to check them, then write or copy them to ``images/ID``, ``masks/ID`` and so on.

    Args:
        item: what to place.
        root: folder of the data set.
        owned: files below this folder are moved instead of copied.

    Raises:
        DataError: if a file is no image or is truncated, or a mask has another size than its image.
    """
    if not all(part.strip(". ") for part in item.id.split("/")) or "\0" in item.id:
        raise DataError(f"the id {item.id!r} is no name for a file")
    pixels, size = _opened(item.image)
    mask = "" if item.mask is None else _mask(item.id, item.mask, "masks", size, root, owned)
    files = [
        "" if more is None else _mask(item.id, more, column.replace(" ", "_"), size, root, owned)
        for column, more in item.files.items()
    ]
    # The image last: a mask may be made from its file.
    return Placed(_put(pixels, f"images/{item.id}", root, owned), mask, files)


def _opened(pixels: Pixels) -> tuple[Path | NDArray[Any], tuple[int, int]]:
    if isinstance(pixels, Path):
        return pixels, size_of_whole(pixels)
    made = pixels()
    return made, (made.shape[0], made.shape[1])


def _mask(id_: str, mask: Pixels, folder: str, size: tuple[int, int], root: Path, owned: Path | None) -> str:
    pixels, shape = _opened(mask)
    if shape != size:
        raise DataError(
            f"{id_}: the mask has {shape[0]}x{shape[1]} pixels (height x width) and its image {size[0]}x{size[1]}; both must "
            "have the same size"
        )
    return _put(pixels, f"{folder}/{id_}", root, owned)


def _put(pixels: Path | NDArray[Any], name: str, root: Path, owned: Path | None) -> str:
    name += pixels.suffix.lower() if isinstance(pixels, Path) else ".png"
    target = root / name
    try:
        _write(pixels, target, owned)
    except FileNotFoundError:  # the first of its folder; asking before each file would take longer than to copy it
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(pixels, target, owned)
    return name


def _write(pixels: Path | NDArray[Any], target: Path, owned: Path | None) -> None:
    if not isinstance(pixels, Path):
        Image.fromarray(np.ascontiguousarray(pixels)).save(target, compress_level=1)  # 6: four times as long for 5%
    elif owned is not None and pixels.is_relative_to(owned):
        pixels.replace(target)
    else:
        shutil.copyfile(pixels, target)
