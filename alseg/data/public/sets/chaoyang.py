"""Chaoyang: colon tissue with labels of several pathologists.

Counts, classes and licence: the README that comes with the files. Names of the tiles: ``chaoyang/train_label.json`` of the
publisher's page. They start with a number, and often another one of a slide (``538844-2``, ``538844-3``, ``541311_1``);
the first number is taken for that of the case, so that slides of one case are one group.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.inside import inside
from alseg.data.public.description import Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

LOG = logging.getLogger(__name__)
BEFORE = "-IMG"
"""Text after the name of the slide in that of a tile."""
CLASSES = ("normal", "serrated", "adenocarcinoma", "adenoma")


def convert(source: Source) -> Iterator[Item]:
    """``train.json`` and ``test.json``: lists of ``{"name": path beside them, "label": 0..3}``.

    The split is the publisher's. Should tiles of one case lie in both parts, they are a group in each, for a group cannot;
    a warning says how many.
    """
    tables = {split: source.file(f"{split}.json") for split in ("train", "test")}
    entries = {split: list(_entries(table)) for split, table in tables.items()}
    train, test = ({case(Path(name).stem) for name, _ in part} - {""} for part in entries.values())
    if both := train & test:
        LOG.warning(
            "%s: tiles of %d cases lie in both official splits (%s)",
            source.name,
            len(both),
            ", ".join(sorted(both)[:3]),
        )
    for split, table in tables.items():
        for name, label in entries[split]:
            image = inside(table.parent, name)
            group = case(image.stem)
            yield Item(
                f"{split}_{image.stem}",
                image,
                label=label,
                group=f"{group} {split}" if group in both else group,
                split=split,
                metadata={"slide": slide(image.stem)},
            )


def slide(tile: str) -> str:
    """``353042_4`` of ``353042_4-IMG005x014-1``; empty where the name is another."""
    before, found, _ = tile.partition(BEFORE)
    return before if found else ""


def case(tile: str) -> str:
    """``353042`` of ``353042_4-IMG005x014-1``; empty where the name is another."""
    return re.split("[-_]", slide(tile))[0]


def _entries(table: Path) -> Iterator[tuple[str, str]]:
    try:
        entries = json.loads(table.read_text(encoding="utf-8"))
        found = [(str(entry["name"]), CLASSES[range(len(CLASSES))[int(entry["label"])]]) for entry in entries]
        if any(int(entry["label"]) < 0 for entry in entries):
            raise IndexError("a label below 0")
    except (ValueError, KeyError, TypeError, IndexError, OSError) as error:
        raise DataError(
            f"{table}: it is no list of names with labels from 0 to {len(CLASSES) - 1} ({error})"
        ) from error
    yield from found


DATASETS = (
    PublicDataset(
        name="chaoyang",
        title="6,160 H&E tiles of 512x512 pixels of the colon, four classes, training labels noisy",
        task="classification",
        homepage="https://github.com/bupt-ai-cz/HSA-NRL",
        licence="non-commercial, not to be passed on; see the publisher's page",
        citation="Zhu C, Chen W, Peng T, Wang Y, Jin M. Hard sample aware noise robust learning for histopathology image "
        "classification. IEEE Transactions on Medical Imaging, 2021",
        classes=CLASSES,
        group="case, from the names of the tiles",
        convert=convert,
        archives=(),
        expected=Expected(
            images=6160,
            splits={"train": 4021, "test": 2139},
            labels={"normal": 1816, "serrated": 1163, "adenocarcinoma": 2244, "adenoma": 937},
        ),
        confirmed=(
            "the names of the training tiles, such as 353042_4-IMG005x014-1.JPG, with several slides of one number such as "
            "538844-2, 538844-3 and 538844-4 (chaoyang/train_label.json in github.com/bupt-ai-cz/HSA-NRL)",
        ),
        unconfirmed=(
            "that the first number is that of a case: grouped by it, slides of one patient stay together if it is",
            "the names of the test tiles; where a case lies in both official splits, it is a group in each and alseg data get "
            "says so",
        ),
        needs="ask its authors on that page for the files, then --from DIR (train.json, test.json and the images beside them)",
    ),
)
