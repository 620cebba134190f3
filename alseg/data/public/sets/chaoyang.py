"""Chaoyang: colon tissue with labels of several pathologists.

Counts, classes and licence: the README that comes with the files. It names no patients or slides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.manifest import inside
from alseg.data.public.description import Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

CLASSES = ("normal", "serrated", "adenocarcinoma", "adenoma")


def convert(source: Source) -> Iterator[Item]:
    """``train.json`` and ``test.json``: lists of ``{"name": path beside them, "label": 0..3}``."""
    for split in ("train", "test"):
        table = source.file(f"{split}.json")
        for name, label in _entries(table):
            image = inside(table.parent, name)
            yield Item(f"{split}_{image.stem}", image, label=label, split=split)


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
        group="",
        convert=convert,
        archives=(),
        expected=Expected(
            images=6160,
            splits={"train": 4021, "test": 2139},
            labels={"normal": 1816, "serrated": 1163, "adenocarcinoma": 2244, "adenoma": 937},
        ),
        needs="ask its authors on that page for the files, then --from DIR (train.json, test.json and the images beside them)",
    ),
)
