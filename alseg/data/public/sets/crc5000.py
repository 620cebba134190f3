"""CRC5000: eight tissues of colorectal cancer (Kather texture 2016).

URL, MD5, folders and names of the files: the Zenodo record and public code that reads it; 625 tiles of each class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.folders import class_folders
from alseg.data.public.source import Source
from alseg.errors import DataError

CLASSES = ("TUMOR", "STROMA", "COMPLEX", "LYMPHO", "DEBRIS", "MUCOSA", "ADIPOSE", "EMPTY")
FOLDERS = {f"{number:02d}_{name}": name for number, name in enumerate(CLASSES, start=1)}


def convert(source: Source) -> Iterator[Item]:
    """Folders ``01_TUMOR`` to ``08_EMPTY``."""
    yield from class_folders(source, FOLDERS, (".tif",), slide)


def slide(path: Path) -> str:
    """``CRC-Prim-HE-03`` of ``10009_CRC-Prim-HE-03_009.tif_Row_301_Col_151.tif``; regions of one slide are one group."""
    found = re.search(r"CRC-Prim-HE-\d+", path.name)
    if found is None:
        raise DataError(f"{path}: its name holds no slide (CRC-Prim-HE-...); is it the publisher's?")
    return found.group()


DATASETS = (
    PublicDataset(
        name="crc5000",
        title="5,000 H&E tiles of 150x150 pixels of colorectal cancer, eight tissues",
        task="classification",
        homepage="https://zenodo.org/records/53169",
        licence="CC BY 4.0",
        citation="Kather JN et al. Multi-class texture analysis in colorectal cancer histology. Scientific Reports 6:27988, 2016",
        classes=CLASSES,
        group="slide",
        convert=convert,
        archives=(
            Archive(
                "Kather_texture_2016_image_tiles_5000.zip",
                "https://zenodo.org/records/53169/files/Kather_texture_2016_image_tiles_5000.zip",
                "md5:0ddbebfc56344752028fda72602aaade",
            ),
        ),
        expected=Expected(images=5000, labels=dict.fromkeys(CLASSES, 625)),
        doi="10.5281/zenodo.53169",
    ),
)
