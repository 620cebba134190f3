"""Common Carotid Artery Ultrasound Images: the lumen in transverse B-mode images.

Layout and counts: the record's description and public code that reads it. No URL of an archive is known.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from alseg.data.convert.item import Item
from alseg.data.formats.picture import read_mask_pixels
from alseg.data.public.description import Expected, PublicDataset
from alseg.data.public.source import Source, pictures, present
from alseg.errors import DataError

BETWEEN = "_slice_"


def convert(source: Source) -> Iterator[Item]:
    """A recording is what stands before ``_slice_`` in the file name: neighbouring frames are near-duplicates."""
    images, masks = source.folder("US images"), source.folder("Expert mask images")
    for image in pictures(images, ".png"):
        recording, between, _ = image.stem.partition(BETWEEN)
        if not between:
            raise DataError(f"{image}: its name must be RECORDING{BETWEEN}NUMBER.png; is it the publisher's?")
        mask = present(masks / image.name, f"{image.name} needs its mask")
        yield Item(
            image.stem,
            image,
            mask=lambda mask=mask: read_mask_pixels(mask, 127).astype(np.uint8) * 255,  # type: ignore[misc]
            group=recording,
        )


DATASETS = (
    PublicDataset(
        name="carotid_artery",
        title="1,100 B-mode ultrasound frames of 709x749 pixels of the common carotid artery of 11 people, with the lumen",
        task="segmentation",
        homepage="https://data.mendeley.com/datasets/d4xt63mgjm/1",
        licence="CC BY 4.0",
        citation="Momot A. Common Carotid Artery Ultrasound Images. Mendeley Data, V1, 2022",
        classes=("background", "lumen"),
        group="recording",
        convert=convert,
        archives=(),
        expected=Expected(images=1100),
        doi="10.17632/d4xt63mgjm.1",
        needs="download it in a browser from that page, then --from DIR",
    ),
)
