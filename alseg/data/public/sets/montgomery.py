"""Montgomery County chest radiographs with lung masks.

Counts: Jaeger et al. 2014. Layout, readings and the spacing of 0.0875 mm: the set's read-me, as public code and
READMEs quote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.formats.picture import read_mask_pixels
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source, pictures, present

CITATION = (
    "Jaeger S, Candemir S, Antani S, Wang YXJ, Lu PX, Thoma G. Two public chest X-ray datasets for computer-aided screening "
    "of pulmonary diseases. Quantitative Imaging in Medicine and Surgery 4(6):475-477, 2014"
)


def convert(source: Source) -> Iterator[Item]:
    """The masks of the left and the right lung joined; sex, age and reading as columns.

    The radiographs have 12 bits, in files of 8 or 16: they are taken over as they are, and read from their own range.
    """
    images = source.folder("CXR_png")
    left, right = source.folder("ManualMask/leftMask"), source.folder("ManualMask/rightMask")
    for image in pictures(images, ".png"):
        masks = [present(side / image.name, f"{image.name} needs its mask") for side in (left, right)]
        yield Item(
            id=image.stem,
            image=image,
            mask=lambda masks=masks: join(masks),  # type: ignore[misc]
            group=image.stem.rpartition("_")[0],
            spacing=(0.0875, 0.0875),
            metadata={
                "tuberculosis": image.stem.rpartition("_")[2],
                **reading(images.parent / "ClinicalReadings" / f"{image.stem}.txt"),
            },
        )


def join(masks: list[Path]) -> NDArray[np.uint8]:
    """255 where any of the masks is set."""
    joined: NDArray[np.bool_] = np.any([read_mask_pixels(mask) for mask in masks], axis=0)
    return joined.astype(np.uint8) * np.uint8(255)


def reading(path: Path) -> dict[str, str]:
    """Sex (F, M or O), age in years and finding from ``Patient's Sex: F / Patient's Age: 027Y / normal``; empty where missing."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    sex = re.search(r"Sex:\s*([A-Za-z])", text)
    age = re.search(r"Age:\s*0*(\d+)", text)
    finding = " ".join(line.strip() for line in text.splitlines() if line.strip() and "Patient" not in line)
    return {
        "sex": sex.group(1).upper() if sex else "",
        "age": age.group(1) if age else "",
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
        expected=Expected(images=138, groups=138),
        spacing="0.0875 mm",
    ),
)
