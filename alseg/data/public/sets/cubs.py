"""CUBS: the intima-media complex of the common carotid artery, drawn by several readers.

Layout: Meiburger et al. and public code that reads it. No URL of an archive is known.

The column ``mask fusion`` is ours, not the publisher's: the mean boundary of the different readers who drew an image, A1,
A2 and A3 (A1s is A1 once more), for LI and for MA on the columns that all of them reach; one reader's own where one alone
drew. Whether the publisher's rectangles (the column ``region``) count pixels from 0 or from 1 is not known; 0 is assumed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item, Pixels
from alseg.data.public.description import Expected, PublicDataset
from alseg.data.public.profiles import between, mean_boundary, read_number, read_profile
from alseg.data.public.source import Source, pictures
from alseg.errors import DataError

REFERENCE = "Manual-A1"
READERS = re.compile(r"Manual-A.*")
PERSONS = re.compile(r"Manual-A\d+")
"""Readers of whom each is another person: A1s is A1 once more."""
HOSPITAL = "hospital"
"""Our name of the clinical table's first column."""
Lines = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The boundaries LI and MA."""


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
    """Images with the boundaries of the first reader; the other readers' masks and the fusion are columns.

    A cell is empty where the reader did not draw, or where the readers have no column in common.
    """
    factors = source.folder("CF")
    readers = sorted(path.name for path in segmentations.iterdir() if path.is_dir() and READERS.fullmatch(path.name))
    if REFERENCE not in readers:
        raise DataError(f"{segmentations}: it has no folder {REFERENCE}; is the download complete?")
    for image in pictures(images, ".tiff", ".tif"):
        drawn = {reader: lines for reader in readers if (lines := _drawn(image, segmentations / reader))}
        if REFERENCE not in drawn:
            raise DataError(
                f"{segmentations / REFERENCE}: it has no boundaries of {image.name}; is the download complete?"
            )
        masks = {
            reader: partial(_band, image, reader, drawn[reader]) if reader in drawn else None for reader in readers
        }
        factor = read_number(factors / f"{image.stem}_CF.txt")
        region = segmentations / REFERENCE / f"{image.stem}_rect.txt"
        yield Item(
            image.stem,
            image,
            mask=masks[REFERENCE],
            group=image.stem,
            spacing=(factor, factor),
            metadata={"region": " ".join(region.read_text(encoding="utf-8").split()) if region.is_file() else ""},
            files={
                **{f"mask {reader}": mask for reader, mask in masks.items() if reader != REFERENCE},
                "mask fusion": _fusion(image, drawn),
            },
        )


def _drawn(image: Path, folder: Path) -> Lines | None:
    """The boundaries LI and MA of a reader, or None if the reader did not draw both."""
    li, ma = (folder / f"{image.stem}-{name}.txt" for name in ("LI", "MA"))
    return (read_profile(li), read_profile(ma)) if li.is_file() and ma.is_file() else None


def _fusion(image: Path, drawn: Mapping[str, Lines]) -> Pixels | None:
    """The band between the mean boundaries of the different readers; None where it is empty: they have no column in common,
    or the means meet."""
    lines = [pair for reader, pair in drawn.items() if PERSONS.fullmatch(reader)]
    li, ma = map(mean_boundary, zip(*lines))
    found = between(li, ma, _size(image))
    return (lambda: found) if found.any() else None


def _band(image: Path, reader: str, drawn: Lines) -> NDArray[np.uint8]:
    found = between(*drawn, _size(image))
    if not found.any():
        raise DataError(f"{image}: there is nothing between the boundaries LI and MA of {reader} within it")
    return found


def _size(image: Path) -> tuple[int, int]:
    from alseg.data.images import read_header

    return read_header(image).size


def _patients(table: Path) -> dict[str, dict[str, str]]:
    """Patient to the columns of the clinical table, which has semicolons, and commas in its numbers.

    Its first column has no name, and holds the hospital in the first row of each alone.
    """
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if any(row)]
    if len(rows) < 2:
        raise DataError(f"{table}: it has no rows; it must be a table with semicolons")
    header = _header(rows[0])
    found, hospital = {}, ""
    for row in rows[1:]:
        if header[0] == HOSPITAL:
            hospital = row[0].strip() or hospital
            row = [hospital, *row[1:]]
        patient = next((cell.strip() for cell in row if re.fullmatch(r"\s*clin_\d+\s*", cell)), None)
        if patient is not None:
            cells = [*row, *[""] * len(header)][: len(header)]
            found[patient] = {
                f"clinical {name}": _point(cell) for name, cell in zip(header, cells) if cell.strip() != patient
            }
    return found


def _header(names: list[str]) -> list[str]:
    """The columns' names, each once: the second ``Sex`` is ``Sex 2``."""
    found: list[str] = []
    for i, name in enumerate(names):
        name = " ".join(name.split()) or (HOSPITAL if i == 0 else f"column {i}")
        numbered = (name if k == 1 else f"{name} {k}" for k in count(1))
        found.append(next(other for other in numbered if other not in found))
    return found


def _point(cell: str) -> str:
    return re.sub(r"^(\s*-?\d+),(\d+\s*)$", r"\1.\2", cell).strip()


_NEEDS = "download it in a browser from that page, then --from DIR"
_CLASSES = ("background", "intima-media")
_SETTINGS = {"cimt": "intima-media"}
"""Its thickness is measured every round; ``data.cimt=null`` measures none."""
_CHOICES = (
    '"data.mask=mask Manual-A2" takes another reader\'s masks, "data.mask=mask fusion" the mean of the readers (ours), '
    'where a reader did not draw every image with "data.where={mask Manual-A2:*}", '
    "and data.region=region cuts to the publisher's rectangle"
)

_RECTANGLES = "whether the publisher's rectangles count pixels from 0 or from 1; 0 is assumed"

DATASETS = (
    PublicDataset(
        name="cubs_clinical",
        title="2,176 B-mode images of the common carotid artery, left and right of 1,088 patients of two centres; "
        + _CHOICES,
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
        confirmed=(
            "the clinical table's first column has no name and is filled in a hospital's first row, and Sex comes twice (public "
            "code that reads it); they become hospital, Sex and Sex 2",
        ),
        unconfirmed=("which column Sex is right: public code uses the second", _RECTANGLES),
        spacing="of each image",
        settings=_SETTINGS,
    ),
    PublicDataset(
        name="cubs_technical",
        title="500 B-mode images of the common carotid artery; " + _CHOICES,
        task="segmentation",
        homepage="https://data.mendeley.com/datasets/m7ndn58sv6/1",
        licence="CC BY 4.0",
        citation="Meiburger KM et al. Carotid Ultrasound Boundary Study (CUBS): technical considerations on an open multi-center "
        "analysis of computerized measurement systems for intima-media thickness measurement on common carotid artery "
        "longitudinal B-mode ultrasound scans. Computers in Biology and Medicine, 105333, 2022",
        classes=_CLASSES,
        group="image",
        convert=convert_technical,
        archives=(),
        expected=Expected(images=500),
        doi="10.17632/m7ndn58sv6.1",
        needs=_NEEDS,
        confirmed=("the paper's journal (doi 10.1016/j.compbiomed.2022.105333, as public code cites it)",),
        unconfirmed=("whether several images are of one person: their names tell nothing", _RECTANGLES),
        spacing="of each image",
        settings=_SETTINGS,
    ),
)
