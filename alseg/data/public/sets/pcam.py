"""PatchCamelyon (PCam): lymph node tiles with or without a metastasis in their centre.

Splits, layout, licence and the pixel's size: the publisher's page (github.com/basveeling/pcam), and public code that
reads the files. MD5: torchvision and users of the record, who agree; the publisher's page has those of the valid and the
test files the wrong way round (its issue 1). Sizes: TensorFlow Datasets. The names of the classes are ours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

CLASSES = ("no tumour", "tumour")
SPLITS = {"train": "train", "valid": "val", "test": "test"}
TILE = (96, 96, 3)
BLOCK = 256
"""Tiles that are read at once, 7 MB: the training file has 7 GB."""
SLIDE, PLACE = "wsi", ("coord_y", "coord_x")
FILES = "https://zenodo.org/record/2546921/files/"


def convert(source: Source) -> Iterator[Item]:
    """Tiles ``x`` and labels ``y`` of a split's HDF5 files, and a table with the slide of each tile in their order."""
    for part, split in SPLITS.items():
        stem = f"camelyonpatch_level_2_split_{part}"
        table, paths = source.file(f"{stem}_meta.csv"), [source.file(f"{stem}_{key}.h5") for key in "xy"]
        rows = _rows(table)
        with _opened(paths[0], "x", TILE) as tiles, _opened(paths[1], "y", (1, 1, 1)) as labels:
            if not len(tiles) == len(labels) == len(rows):
                raise DataError(
                    f"{paths[0]}: it has {len(tiles)} tiles, {paths[1].name} {len(labels)} labels and {table.name} "
                    f"{len(rows)} rows; they must be as many, fetch the files again"
                )
            for start in range(0, len(tiles), BLOCK):
                pixels, ids = _block(paths[0], tiles, start), _block(paths[1], labels, start).reshape(-1)
                if ids.max() >= len(CLASSES):
                    raise DataError(f"{paths[1]}: it holds the label {ids.max()}; there are 0 and 1")
                for i in range(len(pixels)):
                    slide, *place = rows[start + i]
                    yield Item(
                        f"{split}_{start + i:06d}",
                        lambda pixels=pixels[i]: pixels,  # type: ignore[misc]
                        label=CLASSES[ids[i]],
                        group=slide,
                        split=split,
                        metadata=dict(zip(PLACE, place)),
                    )


@contextmanager
def _opened(path: Path, key: str, shape: tuple[int, ...]) -> Iterator[Any]:
    """The array of an HDF5 file, with nothing of it read."""
    import h5py  # here: it takes a quarter of a second, and every list of the data sets looks into this file

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DataError(
            f"{path}: it cannot be read as HDF5 ({' '.join(str(error).split())}); fetch it again"
        ) from error
    with file:
        # HDF5 can lead into other files: only what lies in this one is read
        array = file[key] if isinstance(file.get(key, getlink=True), h5py.HardLink) else None
        if not isinstance(array, h5py.Dataset) or array.external or array.is_virtual:
            raise DataError(f"{path}: it has no array {key!r}; is it the publisher's?")
        if array.shape[1:] != shape or array.dtype != np.uint8:
            raise DataError(
                f"{path}: {key!r} has the shape {array.shape} of {array.dtype}; uint8 of {('N', *shape)} is expected"
            )
        yield array


def _block(path: Path, array: Any, start: int) -> NDArray[np.uint8]:
    try:
        found: NDArray[np.uint8] = array[start : start + BLOCK]
    except OSError as error:
        raise DataError(f"{path}: it cannot be read to its end; it may be truncated, fetch it again") from error
    return found


def _rows(table: Path) -> list[tuple[str, ...]]:
    """Slide and place of every tile."""
    columns = (SLIDE, *PLACE)
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.DictReader(file)
        if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
            raise DataError(f"{table}: it has no column {', '.join(missing)}; is it the publisher's?")
        rows = [tuple(row[column] or "" for column in columns) for row in reader]
    if not all(row[0] for row in rows):
        raise DataError(f"{table}: a row names no slide; the file may be truncated, fetch it again")
    return rows


def _archive(name: str, md5: str, nbytes: int | None = None) -> Archive:
    name = f"camelyonpatch_level_2_split_{name}"
    return Archive(name, f"{FILES}{name}?download=1", f"md5:{md5}", nbytes)


DATASETS = (
    PublicDataset(
        name="pcam",
        title="327,680 H&E tiles of 96x96 pixels of lymph nodes: is there tumour in the 32x32 pixels of the centre?",
        task="classification",
        homepage="https://github.com/basveeling/pcam",
        licence="CC0 1.0",
        citation="Veeling BS, Linmans J, Winkens J, Cohen T, Welling M. Rotation Equivariant CNNs for Digital Pathology. "
        "arXiv:1806.03962, 2018; and, for the slides: Ehteshami Bejnordi B et al. Diagnostic Assessment of Deep Learning "
        "Algorithms for Detection of Lymph Node Metastases in Women With Breast Cancer. JAMA 318(22):2199-2210, 2017",
        classes=CLASSES,
        group="slide, none of which lies in two splits",
        convert=convert,
        archives=(
            _archive("train_x.h5.gz", "1571f514728f59376b705fc836ff4b63", 6_421_353_462),
            _archive("train_y.h5.gz", "35c2d7259d906cfc8143347bb8e05be7", 21_378),
            _archive("train_meta.csv", "5a3dd671e465cfd74b5b822125e65b0a"),
            _archive("valid_x.h5.gz", "d5b63470df7cfa627aeec8b9dc0c066e", 805_965_320),
            _archive("valid_y.h5.gz", "2b85f58b927af9964a4c15b8f7e8f179", 3_038),
            _archive("valid_meta.csv", "67589e00a4a37ec317f2d1932c7502ca"),
            _archive("test_x.h5.gz", "d8c2d60d490dbd479f8199bdfa0cf6ec", 800_875_929),
            _archive("test_y.h5.gz", "60a7035772fbdb7f34eb86d4420cf66a", 3_040),
            _archive("test_meta.csv", "3455fd69135b66734e1008f3af684566"),
        ),
        expected=Expected(327_680, splits={"train": 262_144, "val": 32_768, "test": 32_768}),
        doi="10.5281/zenodo.2546921",
        spacing="0.00097 mm: 0.243 micrometres at 40x, undersampled to 10x",
    ),
)
