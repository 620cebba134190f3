"""Shenzhen chest radiographs: tuberculosis or not, and the lung masks that others drew on them.

Counts: Jaeger et al. 2014. Layout, palettes and readings: inspections of the files that others published. The 566
masks are not the publisher's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alseg.data.convert.item import Item
from alseg.data.public.age import years
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.grey import black_and_white, grey
from alseg.data.public.sets.montgomery import CITATION
from alseg.data.public.source import Source, pictures
from alseg.errors import DataError

FINDINGS = ("normal", "tuberculosis")
MASK = "_mask.png"


def convert(source: Source) -> Iterator[Item]:
    """The label is the last digit of the file name."""
    for image, finding, about in _radiographs(source):
        yield Item(image.stem, grey(image), label=finding, group=image.stem.rpartition("_")[0], metadata=about)


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
                grey(image),
                mask=black_and_white(masks[image.stem]),
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


def reading(path: Path) -> dict[str, str]:
    """Sex, age in years and reading from ``male 45yrs / normal``; empty where missing.

    Also from ``femal 32yrs``, ``female24yrs``, ``male , 29yrs``, ``male 42``, ``male 16month`` and ``female 64days``.
    """
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    first, _, rest = text.strip().partition("\n")
    sex = re.match(r"\W*(female?|male)", first, re.IGNORECASE)
    age = re.search(r"(\d+)\s*([A-Za-z]*)", first)
    return {
        "sex": sex.group(1)[0].upper() if sex else "",
        "age": years(*age.groups()) if age else "",
        "reading": " ".join(rest.split()),
    }


_ARCHIVE = Archive("ChinaSet_AllFiles.zip", "https://openi.nlm.nih.gov/imgs/collections/ChinaSet_AllFiles.zip")
_PAGE = "https://lhncbc.nlm.nih.gov/LHC-downloads/downloads.html#tuberculosis-image-data-sets"
_LICENCE = "in the read-me of the archive; NLM asks to be cited"
_CONFIRMED = (
    "635 files have palettes and 27 are in colour, all of them grey; ages also in months and days (the notes of LucidCXR, "
    "whose authors read all 662)",
)
_UNCONFIRMED = (
    "that every radiograph is another patient's: no reading speaks of another one, but they are short",
    "the licence is from memory",
)

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
        confirmed=_CONFIRMED,
        unconfirmed=_UNCONFIRMED,
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
        confirmed=(*_CONFIRMED, "masks of 279 normal radiographs and 287 with tuberculosis (the same notes)"),
        unconfirmed=_UNCONFIRMED,
        needs="the masks (*_mask.png, not the publisher's), in one folder with ChinaSet_AllFiles.zip: --from DIR",
    ),
)
