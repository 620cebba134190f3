"""CUBS: the intima-media complex of the common carotid artery, drawn by several readers.

Layout: Meiburger et al. and public code that reads it. No URL of an archive is known.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.images import read_header
from alseg.data.public.description import Expected, PublicDataset
from alseg.data.public.profiles import between, read_number, read_profile
from alseg.data.public.source import Source, pictures
from alseg.errors import DataError

REFERENCE = "Manual-A1"
READERS = re.compile(r"Manual-A.*")


def convert_clinical(source: Source) -> Iterator[Item]:
    """``clin_XXXX_L.tiff`` and ``clin_XXXX_R.tiff`` of one patient are one group; the clinical table becomes columns."""
    tables = source.named("ClinicalDatabase-CUBS.csv")
    patients = _patients(tables[0]) if tables else {}
    empty = dict.fromkeys(next(iter(patients.values()), {}), "")
    for item in _images(source, source.folder("IMAGES"), source.folder("SEGMENTATIONS")):
        patient, _, side = item.id.rpartition("_")
        if side not in ("L", "R"):
            raise DataError(f"{item.image}: its name must end with _L or _R; is it the publisher's?")
        about = {**item.metadata, "side": side, **patients.get(patient, empty)}
        yield Item(
            item.id, item.image, item.mask, group=patient, spacing=item.spacing, metadata=about, files=item.files
        )


def convert_technical(source: Source) -> Iterator[Item]:
    """``tech_XXX.tiff``, each its own group."""
    yield from _images(source, source.folder("images"), source.folder("LIMA-Profiles"))


def _images(source: Source, images: Path, segmentations: Path) -> Iterator[Item]:
    """Images with the boundaries of the first reader; the other readers' masks are columns, empty where one did not draw."""
    factors = source.folder("CF")
    readers = sorted(path.name for path in segmentations.iterdir() if path.is_dir() and READERS.fullmatch(path.name))
    if REFERENCE not in readers:
        raise DataError(f"{segmentations}: it has no folder {REFERENCE}; is the download complete?")
    for image in pictures(images, ".tiff", ".tif"):
        masks = {reader: _mask(image, segmentations / reader) for reader in readers}
        if masks[REFERENCE] is None:
            raise DataError(
                f"{segmentations / REFERENCE}: it has no boundaries of {image.name}; is the download complete?"
            )
        factor = read_number(factors / f"{image.stem}_CF.txt")
        region = segmentations / REFERENCE / f"{image.stem}_rect.txt"
        yield Item(
            image.stem,
            image,
            mask=masks[REFERENCE],
            group=image.stem,
            spacing=(factor, factor),
            metadata={"region": " ".join(region.read_text(encoding="utf-8").split()) if region.is_file() else ""},
            files={f"mask {reader}": mask for reader, mask in masks.items() if reader != REFERENCE},
        )


def _mask(image: Path, folder: Path) -> Any:
    li, ma = (folder / f"{image.stem}-{name}.txt" for name in ("LI", "MA"))
    if not (li.is_file() and ma.is_file()):
        return None

    def pixels() -> NDArray[np.uint8]:
        found = between(read_profile(li), read_profile(ma), read_header(image).size)
        if not found.any():
            raise DataError(f"{ma}: there is nothing between it and {li.name} within {image.name}")
        return found

    return pixels


def _patients(table: Path) -> dict[str, dict[str, str]]:
    """Patient to the columns of the clinical table, which has semicolons, and commas in its numbers."""
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if any(row)]
    if len(rows) < 2:
        raise DataError(f"{table}: it has no rows; it must be a table with semicolons")
    header = [" ".join(name.split()) or f"column {i}" for i, name in enumerate(rows[0])]
    found = {}
    for row in rows[1:]:
        patient = next((cell.strip() for cell in row if re.fullmatch(r"\s*clin_\d+\s*", cell)), None)
        if patient is not None:
            cells = [*row, *[""] * len(header)][: len(header)]
            found[patient] = {
                f"clinical {name}": _point(cell) for name, cell in zip(header, cells) if cell.strip() != patient
            }
    return found


def _point(cell: str) -> str:
    return re.sub(r"^(\s*-?\d+),(\d+\s*)$", r"\1.\2", cell).strip()


_NEEDS = "download it in a browser from that page, then --from DIR"
_CLASSES = ("background", "intima-media")

DATASETS = (
    PublicDataset(
        name="cubs_clinical",
        title="2,176 B-mode images of the common carotid artery, left and right of 1,088 patients of two centres",
        task="segmentation",
        homepage="https://data.mendeley.com/datasets/fpv535fss7/1",
        licence="CC BY 4.0",
        citation="Meiburger KM et al. Carotid Ultrasound Boundary Study (CUBS): an open multicenter analysis of computerized "
        "intima-media thickness measurement systems and their clinical impact. Ultrasound in Medicine and Biology, 2021",
        classes=_CLASSES,
        group="patient",
        convert=convert_clinical,
        archives=(),
        expected=Expected(images=2176, groups=1088),
        doi="10.17632/fpv535fss7.1",
        needs=_NEEDS,
        spacing="of each image",
    ),
    PublicDataset(
        name="cubs_technical",
        title="500 B-mode images of the common carotid artery",
        task="segmentation",
        homepage="https://data.mendeley.com/datasets/m7ndn58sv6/1",
        licence="CC BY 4.0",
        citation="Meiburger KM et al. Carotid Ultrasound Boundary Study (CUBS): technical considerations on an open multi-center "
        "analysis of computerized measurement systems for intima-media thickness measurement. Ultrasound in Medicine and "
        "Biology, 2022",
        classes=_CLASSES,
        group="image",
        convert=convert_technical,
        archives=(),
        expected=Expected(images=500),
        doi="10.17632/m7ndn58sv6.1",
        needs=_NEEDS,
        spacing="of each image",
    ),
)
