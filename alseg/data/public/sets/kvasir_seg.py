"""Kvasir-SEG: polyps in colonoscopy.

Layout: public code that reads it. The publisher states no checksum.
"""

from __future__ import annotations

from collections.abc import Iterator

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.grey import black_and_white
from alseg.data.public.source import Source, pictures, present


def convert(source: Source) -> Iterator[Item]:
    """Masks went through JPEG: black and white are told apart at 128."""
    folder = source.folder("Kvasir-SEG")
    for image in pictures(folder / "images", ".jpg"):
        mask = present(folder / "masks" / image.name, f"{image.name} needs its mask")
        yield Item(
            image.stem,
            image,
            mask=black_and_white(mask),
        )


DATASETS = (
    PublicDataset(
        name="kvasir_seg",
        title="1,000 images of polyps in colonoscopy with masks",
        task="segmentation",
        homepage="https://datasets.simula.no/kvasir-seg/",
        licence="for research and education; see the publisher's page",
        citation="Jha D et al. Kvasir-SEG: a segmented polyp dataset. MultiMedia Modeling, 2020",
        classes=("background", "polyp"),
        group="",
        convert=convert,
        archives=(Archive("kvasir-seg.zip", "https://datasets.simula.no/downloads/kvasir-seg.zip"),),
        expected=Expected(images=1000),
        doi="10.1007/978-3-030-37734-2_37",
        unconfirmed=(
            "which images are of one patient or video: the names tell none; the layout is that of public code",
        ),
    ),
)
