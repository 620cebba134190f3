"""BreakHis: breast tumours at four magnifications.

Counts: the publisher's page. Names: the publisher's convention, as public code reads it. No checksum is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alseg.data.convert.item import Item
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

CLASSES = {"B": "benign", "M": "malignant"}
TYPES = {
    "A": "adenosis",
    "F": "fibroadenoma",
    "PT": "phyllodes_tumor",
    "TA": "tubular_adenoma",
    "DC": "ductal_carcinoma",
    "LC": "lobular_carcinoma",
    "MC": "mucinous_carcinoma",
    "PC": "papillary_carcinoma",
}
NAME = re.compile(r"SOB_([BM])_(A|F|PT|TA|DC|LC|MC|PC)-(\d+)-(\d+)([A-Z]*)-(40|100|200|400)-(\d+)\.png")


def convert(source: Source) -> Iterator[Item]:
    """Read the name, ``SOB_B_TA-14-4659-40-001.png``: method, class, type, year, slide, magnification, number.

    A group is year and number of the slide, without the letters that may follow (``14-22549`` of ``14-22549AB``): they
    look like parts of one case, and the same slide is there under two types of carcinoma. That is at most coarser than
    the publisher's patients.
    """
    found = source.files(lambda path: path.name.startswith("SOB_") and path.suffix == ".png")
    if not found:
        raise DataError(f"{source.name}: {source.where} has no files SOB_*.png; is it the publisher's, and complete?")
    for path in found:
        parts = NAME.fullmatch(path.name)
        if parts is None:
            raise DataError(f"{path}: its name is not like SOB_B_TA-14-4659-40-001.png; is it the publisher's?")
        tumour, kind, year, slide, letters, magnification, _ = parts.groups()
        about = {"type": TYPES[kind], "magnification": magnification, "slide": f"{year}-{slide}{letters}"}
        yield Item(path.stem, path, label=CLASSES[tumour], group=f"{year}-{slide}", metadata=about)


DATASETS = (
    PublicDataset(
        name="breakhis",
        title="7,909 H&E images of 700x460 pixels of breast tumours; data.where={magnification:40} takes one of four",
        task="classification",
        homepage="https://web.inf.ufpr.br/vri/databases/breast-cancer-histopathological-database-breakhis/",
        licence="see the publisher's page",
        citation="Spanhol FA, Oliveira LS, Petitjean C, Heutte L. A dataset for breast cancer histopathological image "
        "classification. IEEE Transactions on Biomedical Engineering 63(7):1455-1462, 2016",
        classes=("benign", "malignant"),
        group="slide",
        convert=convert,
        archives=(Archive("BreaKHis_v1.tar.gz", "http://www.inf.ufpr.br/vri/databases/BreaKHis_v1.tar.gz"),),
        expected=Expected(images=7909, labels={"benign": 2480, "malignant": 5429}),
        doi="10.1109/TBME.2015.2496264",
        unconfirmed=(
            "that a slide without the letters after its number is one of the 82 patients; "
            "a slide with two kinds of carcinoma is one group",
        ),
    ),
)
