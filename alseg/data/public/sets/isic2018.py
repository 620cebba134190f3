"""ISIC 2018, task 1: skin lesions in dermoscopy.

URLs and the counts of the parts: the challenge's page, as public code states them. The publisher states no checksum.
"""

from __future__ import annotations

from collections.abc import Iterator

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source, pictures, present

PARTS = {"train": "Training", "val": "Validation", "test": "Test"}
FILES = "https://isic-challenge-data.s3.amazonaws.com/2018/"


def convert(source: Source) -> Iterator[Item]:
    """``ISIC_0000000.jpg`` with ``ISIC_0000000_segmentation.png``; the challenge's split."""
    for split, part in PARTS.items():
        images = source.folder(f"ISIC2018_Task1-2_{part}_Input")
        masks = source.folder(f"ISIC2018_Task1_{part}_GroundTruth")
        for image in pictures(images, ".jpg"):
            mask = present(masks / f"{image.stem}_segmentation.png", f"{image.name} needs its mask")
            yield Item(image.stem, image, mask=mask, split=split)


def _archives() -> Iterator[Archive]:
    sizes = {"ISIC2018_Task1-2_Test_Input.zip": 2_370_457_338, "ISIC2018_Task1_Test_GroundTruth.zip": 9_680_101}
    for part in PARTS.values():
        for name in (f"ISIC2018_Task1-2_{part}_Input.zip", f"ISIC2018_Task1_{part}_GroundTruth.zip"):
            yield Archive(name, FILES + name, nbytes=sizes.get(name))


DATASETS = (
    PublicDataset(
        name="isic2018",
        title="3,694 dermoscopic images with masks of the lesion, in the challenge's split",
        task="segmentation",
        homepage="https://challenge.isic-archive.com/data/#2018",
        licence="CC BY-NC 4.0",
        citation="Codella N et al. Skin lesion analysis toward melanoma detection 2018: a challenge hosted by the International "
        "Skin Imaging Collaboration (ISIC). arXiv:1902.03368; and Tschandl P et al. The HAM10000 dataset. Scientific Data, 2018",
        classes=("background", "lesion"),
        group="",
        convert=convert,
        archives=tuple(_archives()),
        expected=Expected(images=3694, splits={"train": 2594, "val": 100, "test": 1000}),
    ),
)
