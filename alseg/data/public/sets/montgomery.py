"""Montgomery County chest radiographs with lung masks.

Counts: Jaeger et al. 2014. Layout, readings and the spacing of 0.0875 mm: the set's read-me, as public code and
READMEs quote it. A number in a file's name is that of a record, not of a patient: some readings say whose other
radiograph it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.public.age import years
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source, pictures, present
from alseg.errors import DataError

SAME = (
    ("MCUCXR_0113", "MCUCXR_0117"),  # by the reading of the second, as is the next one
    ("MCUCXR_0162", "MCUCXR_0166"),
    ("MCUCXR_0162", "MCUCXR_0170"),  # nobody says so: same sex and age, and its reading speaks of earlier views
)
"""Records of one patient, also for a copy without the readings."""
NAMED = re.compile(r"same\s+(?:pt|patient)\.?\s+as\s+(MCUCXR_\d+)", re.IGNORECASE)
"""Pattern by which a reading names another record of its patient: ``(same pt as MCUCXR_0113_1)``."""
CITATION = (
    "Jaeger S, Candemir S, Antani S, Wang YXJ, Lu PX, Thoma G. Two public chest X-ray datasets for computer-aided screening "
    "of pulmonary diseases. Quantitative Imaging in Medicine and Surgery 4(6):475-477, 2014"
)


def convert(source: Source) -> Iterator[Item]:
    """The masks of the left and the right lung joined; sex, age and reading as columns.

    The radiographs have 12 bits, in files of 8 or 16: they are taken over as they are, and read from their own range.
    """
    folder = source.folder("CXR_png")
    left, right = source.folder("ManualMask/leftMask"), source.folder("ManualMask/rightMask")
    images = pictures(folder, ".png")
    readings = {image: reading(folder.parent / "ClinicalReadings" / f"{image.stem}.txt") for image in images}
    named = [(_record(image), other) for image in images for other in NAMED.findall(readings[image]["finding"])]
    patients = people([_record(image) for image in images], [*SAME, *named])
    for image in images:
        masks = [present(side / image.name, f"{image.name} needs its mask") for side in (left, right)]
        yield Item(
            id=image.stem,
            image=image,
            mask=lambda masks=masks: join(masks),  # type: ignore[misc]
            group=patients[_record(image)],
            spacing=(0.0875, 0.0875),
            metadata={"tuberculosis": image.stem.rpartition("_")[2], **readings[image]},
        )


def _record(image: Path) -> str:
    return image.stem.rpartition("_")[0]


def people(records: Iterable[str], same: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Record to patient, who is called after the first of the patient's records.

    Args:
        records: all there are.
        same: pairs of one patient; those with a record that is not there are left out.
    """
    found = {record: record for record in records}
    for one, other in same:
        if one in found and other in found:
            first, second = sorted((found[one], found[other]))
            found = {record: first if patient == second else patient for record, patient in found.items()}
    return found


def join(masks: list[Path]) -> NDArray[np.uint8]:
    """255 where any of the masks is set.

    Raises:
        DataError: if they differ in size.
    """
    from alseg.data.formats.picture import read_mask_pixels

    parts = [read_mask_pixels(mask) for mask in masks]
    for mask, part in zip(masks, parts):
        if part.shape != parts[0].shape:
            sizes = f"{part.shape[0]}x{part.shape[1]} pixels (height x width) and {masks[0].name} {parts[0].shape[0]}x"
            raise DataError(f"{mask}: it has {sizes}{parts[0].shape[1]}; masks of one image must have the same size")
    joined: NDArray[np.bool_] = np.any(parts, axis=0)
    return joined.astype(np.uint8) * np.uint8(255)


def reading(path: Path) -> dict[str, str]:
    """Sex (F, M or O), age in years and finding from ``Patient's Sex: F / Patient's Age: 027Y / normal``; empty where missing."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    sex = re.search(r"Sex:\s*([A-Za-z])", text)
    age = re.search(r"Age:\s*(\d+)\s*([A-Za-z]*)", text)
    finding = " ".join(line.strip() for line in text.splitlines() if line.strip() and "Patient" not in line)
    return {
        "sex": sex.group(1).upper() if sex else "",
        "age": years(*age.groups()) if age else "",
        "finding": finding,
    }


DATASETS = (
    PublicDataset(
        name="montgomery",
        title="138 frontal chest radiographs with lung masks, 80 normal and 58 with tuberculosis",
        task="segmentation",
        homepage="https://lhncbc.nlm.nih.gov/LHC-downloads/downloads.html#tuberculosis-image-data-sets",
        licence="in the read-me of the archive; NLM asks to be cited",
        citation=CITATION,
        classes=("background", "lung"),
        group="patient",
        convert=convert,
        archives=(
            Archive("NLM-MontgomeryCXRSet.zip", "https://openi.nlm.nih.gov/imgs/collections/NLM-MontgomeryCXRSet.zip"),
        ),
        expected=Expected(images=138, groups=135),
        spacing="0.0875 mm",
        confirmed=(
            "two pairs of records are of one patient each: the readings of 0117 and 0166 say that they are those of 0113 and "
            "0162 (quoted by the notes of LucidCXR, whose authors read all 138)",
        ),
        unconfirmed=(
            "record 0170 is joined with 0162: same sex and age, and its reading speaks of earlier views, but it names none",
            "the licence is from memory",
        ),
    ),
)
