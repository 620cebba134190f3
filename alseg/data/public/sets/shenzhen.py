"""Shenzhen chest radiographs: tuberculosis or not, and the lung masks that others drew on them.

Counts: Jaeger et al. 2014. Layout, palettes and readings: inspections of the files that others published. The 566
masks are not the publisher's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.formats.picture import read_mask_pixels, read_picture
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.sets.montgomery import CITATION
from alseg.data.public.source import Source, pictures
from alseg.errors import DataError

FINDINGS = ("normal", "tuberculosis")
MASK = "_mask.png"


def convert(source: Source) -> Iterator[Item]:
    """The label is the last digit of the file name."""
    for image, finding, about in _radiographs(source):
        yield Item(image.stem, _grey(image), label=finding, group=image.stem.rpartition("_")[0], metadata=about)


def convert_lungs(source: Source) -> Iterator[Item]:
    """The radiographs that have a mask, ``NAME_mask.png`` in any folder."""
    masks = {path.name.removesuffix(MASK): path for path in source.files(lambda path: path.name.endswith(MASK))}
    if not masks:
        raise DataError(
            f"{source.name}: {source.where} has no masks named *{MASK}; add them to the folder of --from DIR"
        )
    for image, finding, about in _radiographs(source):
        if image.stem in masks:
            yield Item(
                image.stem,
                _grey(image),
                mask=lambda path=masks[image.stem]: read_mask_pixels(path, 127).astype(np.uint8) * 255,  # type: ignore[misc]
                group=image.stem.rpartition("_")[0],
                metadata={"finding": finding, **about},
            )


def _radiographs(source: Source) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    folder = source.folder("CXR_png")
    for image in pictures(folder, ".png"):
        if not image.name.startswith("CHNCXR"):
            continue  # some copies hold the Montgomery set in the same folder
        digit = image.stem.rpartition("_")[2]
        if digit not in ("0", "1"):
            raise DataError(f"{image}: its name must end with _0 (normal) or _1 (tuberculosis)")
        yield image, FINDINGS[int(digit)], reading(folder.parent / "ClinicalReadings" / f"{image.stem}.txt")


def _grey(path: Path) -> Any:
    """The files hold grey values as a palette of colours, three times as large in memory as they need to be."""

    def pixels() -> NDArray[Any]:
        return np.asarray(read_picture(path).slices[0])

    return pixels


def reading(path: Path) -> dict[str, str]:
    """Sex, age in years and reading from ``male 45yrs / normal``; empty where missing."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    first, _, rest = text.strip().partition("\n")
    sex = re.match(r"\s*(female|male)", first, re.IGNORECASE)
    age = re.search(r"(\d+)\s*y", first, re.IGNORECASE)
    return {
        "sex": sex.group(1)[0].upper() if sex else "",
        "age": age.group(1) if age else "",
        "reading": " ".join(rest.split()),
    }


_ARCHIVE = Archive("ChinaSet_AllFiles.zip", "https://openi.nlm.nih.gov/imgs/collections/ChinaSet_AllFiles.zip")
_PAGE = "https://lhncbc.nlm.nih.gov/LHC-downloads/downloads.html#tuberculosis-image-data-sets"
_LICENCE = "in the read-me of the archive; NLM asks to be cited"

DATASETS = (
    PublicDataset(
        name="shenzhen",
        title="662 frontal chest radiographs, 326 normal and 336 with tuberculosis",
        task="classification",
        homepage=_PAGE,
        licence=_LICENCE,
        citation=CITATION,
        classes=FINDINGS,
        group="patient",
        convert=convert,
        archives=(_ARCHIVE,),
        expected=Expected(images=662, groups=662, labels={"normal": 326, "tuberculosis": 336}),
    ),
    PublicDataset(
        name="shenzhen_lungs",
        title="566 of the Shenzhen radiographs with lung masks drawn by others",
        task="segmentation",
        homepage=_PAGE,
        licence=_LICENCE,
        citation=f"{CITATION}; masks: Stirenko S et al. Chest X-ray analysis of tuberculosis by deep learning with segmentation "
        "and augmentation. IEEE ELNANO 2018",
        classes=("background", "lung"),
        group="patient",
        convert=convert_lungs,
        archives=(Archive(_ARCHIVE.name),),
        expected=Expected(images=566, groups=566),
        needs="the masks (*_mask.png, not the publisher's), in one folder with ChinaSet_AllFiles.zip: --from DIR",
    ),
)
