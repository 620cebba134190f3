"""CheXmask: masks of lungs and heart for chest radiographs of other databases.

Columns, run lengths and the quality to ask for: the README, the data dictionary and the code of CheXmask. In its table of
PadChest the columns of mean and maximum are swapped, and those of the size empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.public.chexmask_tables import ORGANS, QUALITY, WHICH, number, quality_of, rows, stem, tables_of
from alseg.data.public.description import PublicDataset
from alseg.data.public.grey import grey
from alseg.data.public.source import Source
from alseg.data.window import apply_window
from alseg.errors import DataError

ENOUGH = 0.7
"""Least `QUALITY` that the publisher recommends."""
ROW = 0.1
"""Share of a row by which the typical distance between a run's start and the next one's may differ from it."""
DICOM = (".dcm", ".dicom")
IMAGES = (".png", ".jpg", ".jpeg", *DICOM)
PATIENTS = (re.compile(r"(patient\d+)"), re.compile(r"\b(p\d{8})\b"), re.compile(r"^(\d{8})_\d{3}\."))
"""Patterns of the patient's name in CheXpert, MIMIC-CXR and ChestX-ray8, in the path or the name of an image."""


def convert(source: Source) -> Iterator[Item]:
    """The rows of the tables whose images are there, of enough quality; a table is read row by row.

    The first column names the image, with or without folders and suffix. Left lung, right lung and heart are classes 1
    to 3; where two of them overlap, the later one covers the earlier.
    """
    radiographs = _Radiographs(source)
    taken: dict[Path, Path] = {}
    for table in tables_of(source):
        for row in rows(table):
            name = row[next(iter(row))]
            image = radiographs.named(name)
            if image is not None and (quality := quality_of(row, table)) >= ENOUGH:
                if taken.setdefault(image, table) != table:
                    raise DataError(
                        f"{image}: {taken[image]} and {table} have masks of it; give one of them alone: {WHICH}"
                    )
                yield _item(row, name, image, table, quality)


def _item(row: dict[str, str], name: str, image: Path, table: Path, quality: float) -> Item:
    stated = int(number(row, "Height", table)), int(number(row, "Width", table))
    runs = [row[organ] for organ in ORGANS]
    if image.suffix.lower() in DICOM:
        pixels: Any = _grey(image)
    else:  # a few in colour among many in grey would make all of them colour
        from alseg.data.images import read_header

        pixels = image if read_header(image).channels == 1 else grey(image)
    return Item(
        "_".join(Path(name).with_suffix("").parts),
        pixels,
        mask=lambda: _organs(runs, _size(image, runs, stated, table), table),
        group=_patient(image, name),
        metadata={"quality": f"{quality:.9g}", "table": stem(table)},
    )


def _size(image: Path, runs: list[str], stated: tuple[int, int], table: Path) -> tuple[int, int]:
    """Height and width of the masks: those of the radiograph, also where the table leaves one of them empty (0).

    Raises:
        DataError: if the table states others, or the runs are not those of rows as long as the radiograph's.
    """
    from alseg.data.formats.read import read
    from alseg.data.images import read_header

    height, width = read(image).slices.shape[1:3] if image.suffix.lower() in DICOM else read_header(image).size
    if (stated[0] or height, stated[1] or width) != (height, width):
        raise DataError(
            f"{image}: it has {height}x{width} pixels (height x width) and its masks in {table} {stated[0]}x{stated[1]}; {WHICH}"
        )
    if all(stated):
        return height, width
    steps = np.concatenate([np.diff(np.array(part.split()[::2], dtype=np.float64)) for part in runs])
    if len(steps) and abs(np.median(steps) - width) > ROW * width:
        raise DataError(
            f"{table}: it states no size for {image.name}, and its masks have rows of about {np.median(steps):.0f} pixels where "
            f"the radiograph has {width}; {WHICH}"
        )
    return height, width


def decode(runs: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """A mask from ``start length start length ...``, starts counted from 1 along the rows.

    Args:
        runs: the numbers; empty for an empty mask.
        shape: height and width.

    Raises:
        ValueError: if the numbers are no runs within the image.
    """
    numbers = np.array(runs.split(), dtype=np.int64)
    if len(numbers) % 2:
        raise ValueError("an odd number of starts and lengths")
    starts, lengths = numbers[::2] - 1, numbers[1::2]
    size = shape[0] * shape[1]
    if len(starts) and (starts.min() < 0 or lengths.min() < 0 or (starts + lengths).max() > size):
        raise ValueError(f"runs beyond the {size} pixels of the image")
    edges = np.zeros(
        size + 1, dtype=np.int32
    )  # +1 where a run starts and -1 after its end; their running sum is the mask
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + lengths, -1)
    return (np.cumsum(edges[:-1]) > 0).reshape(shape)


def _organs(runs: list[str], shape: tuple[int, int], table: Path) -> NDArray[np.uint8]:
    mask = np.zeros(shape, dtype=np.uint8)
    for i, (organ, code) in enumerate(zip(ORGANS, runs), start=1):
        try:
            mask[decode(code, shape)] = i
        except ValueError as error:
            raise DataError(f"{table}: column {organ!r} cannot be decoded ({error})") from error
    return mask


def _grey(path: Path) -> Any:
    def pixels() -> NDArray[np.uint8]:
        from alseg.data.formats.read import read

        slices = read(path).slices
        if len(slices) != 1:
            raise DataError(f"{path}: it holds {len(slices)} frames; a radiograph has one")
        values: NDArray[Any] = slices[0]
        if values.dtype == np.uint8:  # grey of 8 bits and colour are what is seen
            return values
        return apply_window(values, "percentile", 0, path)

    return pixels


class _Radiographs:
    """The images of a source by their names; a name with folders must agree in these too, for many are alike below them."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.found: dict[str, list[tuple[tuple[str, ...], Path]]] = {}
        for path in source.files(lambda path: path.suffix.lower() in IMAGES):
            root = next(root for root in source.roots if path.is_relative_to(root))
            self.found.setdefault(path.stem, []).append((path.relative_to(root).with_suffix("").parts, path))

    def named(self, name: str) -> Path | None:
        """The image of this name, with or without suffix, or None.

        Raises:
            DataError: if several images could be meant.
        """
        given = Path(name)
        wanted = (given.with_suffix("") if given.suffix.lower() in IMAGES else given).parts
        if not wanted:
            return None
        fitting = [path for parts, path in self.found.get(wanted[-1], []) if _same_end(parts, wanted)]
        if len(fitting) > 1:
            raise DataError(f"{self.name}: {name} could be {fitting[0]} or {fitting[1]}; give only one of them")
        return fitting[0] if fitting else None


def _same_end(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    n = min(len(one), len(other))
    return one[-n:] == other[-n:]


def _patient(image: Path, name: str) -> str:
    for pattern in PATIENTS:
        for text in (name, image.as_posix(), image.name):
            if match := pattern.search(text):
                return match.group(1)
    return ""


DATASETS = (
    PublicDataset(
        name="chexmask",
        title=f"lungs and heart on chest radiographs of other databases; masks with {QUALITY} of {ENOUGH} or more",
        task="segmentation",
        homepage="https://physionet.org/content/chexmask-cxr-segmentation-data/",
        licence="of the masks: see the publisher's page; of the images: that of their own databases",
        citation="Gaggion N et al. CheXmask: a large-scale dataset of anatomical segmentation masks for multi-center chest X-ray "
        "images. Scientific Data, 2024",
        classes=("background", "left lung", "right lung", "heart"),
        group="patient, where CheXpert, MIMIC-CXR or ChestX-ray8 name one",
        convert=convert,
        archives=(),
        doi="10.13026/dx54-8351",
        confirmed=(
            f"columns, sizes and the quality of {ENOUGH} (README and DATA_DICTIONARY of version 1.0.0 on physionet.org)",
            "the PadChest table has mean and maximum swapped and empty sizes (a part of it in "
            "github.com/ngaggion/CheXmask-Database, DataSubsets/Padchest.csv): the smaller of the two is taken for the mean, and "
            "the size is the radiograph's",
            "the DOI (physionet.org, which cites it as that of version 0.1)",
        ),
        unconfirmed=(
            "the patients of PadChest and VinDr-CXR: names of their images tell none, and each is its own",
            "the licence",
        ),
        needs="a table (CSV, also .csv.gz) of CheXmask and the radiographs of its database in one folder: --from DIR",
    ),
)
