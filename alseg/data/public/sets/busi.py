"""BUSI: breast ultrasound, with the masks of lesions or as three classes.

Counts and names: Al-Dhabyani et al. 2020, and public code that joins the masks. The publisher states no checksum.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.sets.montgomery import join
from alseg.data.public.source import Source, pictures
from alseg.errors import DataError

CLASSES = ("normal", "benign", "malignant")


def convert_masks(source: Source) -> Iterator[Item]:
    """``benign (100).png`` with ``benign (100)_mask.png``, ``..._mask_1.png``, ...: a file for each lesion, joined."""
    for image, finding, masks in _images(source):
        if not masks:
            raise DataError(f"{image}: it has no mask {image.stem}_mask.png; is the download complete?")
        yield Item(
            image.stem,
            image,
            mask=lambda masks=masks: join(masks),  # type: ignore[misc]
            metadata={"finding": finding},
        )


def convert_classes(source: Source) -> Iterator[Item]:
    """The folder is the class."""
    for image, finding, _ in _images(source):
        yield Item(image.stem, image, label=finding)


def _images(source: Source) -> Iterator[tuple[Path, str, list[Path]]]:
    for finding in CLASSES:
        files = pictures(source.folder(finding), ".png")
        for image in files:
            if "_mask" not in image.stem:
                yield image, finding, [path for path in files if path.stem.startswith(f"{image.stem}_mask")]


_ARCHIVES = (Archive("Dataset_BUSI.zip", "https://scholar.cu.edu.eg/Dataset_BUSI.zip"),)
_PAGE = "https://scholar.cu.edu.eg/?q=afahmy/pages/dataset"
_LICENCE = "none known; ask its authors before anything but research"
_CITATION = (
    "Al-Dhabyani W, Gomaa M, Khaled H, Fahmy A. Dataset of breast ultrasound images. Data in Brief 28:104863, 2020"
)
_DOI = "10.1016/j.dib.2019.104863"

DATASETS = (
    PublicDataset(
        name="busi",
        title="780 breast ultrasound images with masks of the lesions; those of normal breasts are empty",
        task="segmentation",
        homepage=_PAGE,
        licence=_LICENCE,
        citation=_CITATION,
        classes=("background", "lesion"),
        group="",
        convert=convert_masks,
        archives=_ARCHIVES,
        expected=Expected(images=780),
        doi=_DOI,
    ),
    PublicDataset(
        name="busi_classes",
        title="780 breast ultrasound images: normal, benign or malignant",
        task="classification",
        homepage=_PAGE,
        licence=_LICENCE,
        citation=_CITATION,
        classes=CLASSES,
        group="",
        convert=convert_classes,
        archives=_ARCHIVES,
        expected=Expected(images=780, labels={"normal": 133, "benign": 437, "malignant": 210}),
        doi=_DOI,
    ),
)
