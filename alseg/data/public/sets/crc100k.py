"""CRC100K: nine tissues of colorectal cancer (NCT-CRC-HE-100K), tested on another centre's tiles (CRC-VAL-HE-7K).

URLs, sizes, MD5 and counts: the Zenodo record, as public code states it.
"""

from __future__ import annotations

from collections.abc import Iterator

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.folders import class_folders
from alseg.data.public.source import Source

CLASSES = ("ADI", "BACK", "DEB", "LYM", "MUC", "MUS", "NORM", "STR", "TUM")
FILES = "https://zenodo.org/records/1214456/files/"


def convert(source: Source) -> Iterator[Item]:
    """The 100K are for training, the 7K for testing; validation images are to be split off the former."""
    folders = dict(zip(CLASSES, CLASSES))
    yield from class_folders(source, folders, (".tif",), split="train", within="NCT-CRC-HE-100K")
    yield from class_folders(source, folders, (".tif",), split="test", within="CRC-VAL-HE-7K")


DATASETS = (
    PublicDataset(
        name="crc100k",
        title="107,180 H&E tiles of 224x224 pixels of colorectal cancer, nine tissues, colours normalised",
        task="classification",
        homepage="https://zenodo.org/records/1214456",
        licence="CC BY 4.0",
        citation="Kather JN et al. Predicting survival from colorectal cancer histology slides using deep learning: a "
        "retrospective multicenter study. PLOS Medicine, 2019",
        classes=CLASSES,
        group="",
        convert=convert,
        archives=(
            Archive(
                "NCT-CRC-HE-100K.zip",
                f"{FILES}NCT-CRC-HE-100K.zip",
                "md5:6fd702d11df6292bc054397ae038a464",
                11_690_284_003,
            ),
            Archive(
                "CRC-VAL-HE-7K.zip", f"{FILES}CRC-VAL-HE-7K.zip", "md5:2fd1651b4f94ebd818ebf90ad2b6ce06", 800_276_929
            ),
        ),
        expected=Expected(images=107_180, splits={"train": 100_000, "test": 7_180}),
        doi="10.5281/zenodo.1214456",
    ),
)
