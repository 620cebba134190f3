"""CheXmask: masks of lungs and heart for chest radiographs of other databases.

Columns, run lengths and the quality to ask for: the README and the code of CheXmask.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.formats.read import read
from alseg.data.formats.stack import to_uint8
from alseg.data.public.description import PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

ORGANS = ("Left Lung", "Right Lung", "Heart")
QUALITY = "Dice RCA (Mean)"
ENOUGH = 0.7
"""What the publisher recommends to ask of `QUALITY`."""
DICOM = (".dcm", ".dicom")
IMAGES = (".png", ".jpg", ".jpeg", *DICOM)
PATIENTS = (re.compile(r"(patient\d+)"), re.compile(r"\b(p\d{8})\b"), re.compile(r"^(\d{8})_\d{3}\."))
"""How CheXpert, MIMIC-CXR and ChestX-ray8 name the patient, in the path or the name of an image."""


def convert(source: Source) -> Iterator[Item]:
    """The rows of the tables whose images are there, of enough quality; a table is read row by row.

    The first column names the image, with or without folders and suffix. Left lung, right lung and heart are classes 1
    to 3; where two of them overlap, the later one covers the earlier.
    """
    tables = [path for path in source.files(lambda path: path.suffix.lower() == ".csv") if _is_table(path)]
    if not tables:
        raise DataError(f"{source.name}: {source.where} has no table of CheXmask (*.csv with a column {QUALITY!r})")
    radiographs = _Radiographs(source)
    for table in tables:
        for row in _rows(table):
            name = row[next(iter(row))]
            image = radiographs.named(name)
            if image is not None and _number(row, QUALITY, table) >= ENOUGH:
                yield _item(row, name, image, table)


def _item(row: dict[str, str], name: str, image: Path, table: Path) -> Item:
    shape = int(_number(row, "Height", table)), int(_number(row, "Width", table))
    runs = [row[organ] for organ in ORGANS]
    as_it_is = image.suffix.lower() not in DICOM
    return Item(
        "_".join(Path(name).with_suffix("").parts),
        image if as_it_is else _grey(image),
        mask=lambda: _organs(runs, shape, table),
        group=_patient(image, name),
        metadata={"quality": row[QUALITY], "table": table.stem},
    )


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
        values = read(path).slices[0]
        return to_uint8(values, float(values.min()), float(values.max()))

    return pixels


def _is_table(path: Path) -> bool:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader(file), [])
    return {QUALITY, *ORGANS, "Height", "Width"} <= set(header)


def _rows(table: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a mask of a large radiograph is longer than the default 131,072
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        for row in csv.DictReader(file):
            if None in row or None in row.values():
                raise DataError(
                    f"{table}: a row has too few or too many values; the file may be truncated, fetch it again"
                )
            yield row


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


def _number(row: dict[str, str], column: str, table: Path) -> float:
    try:
        return float(row[column] or 0)
    except ValueError as error:
        raise DataError(f"{table}: column {column!r} holds {row[column]!r}, which is no number") from error


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
        needs="a table (CSV) of CheXmask and the radiographs of its database in one folder: --from DIR",
    ),
)
