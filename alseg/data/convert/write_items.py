"""Write items as a manifest folder; every image is decoded once to check it, a few at a time."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.convert.place import Placed
from alseg.data.convert.workers import placed
from alseg.data.dataset import Task
from alseg.data.manifest import SPACING, SPLITS
from alseg.errors import DataError
from alseg.terminal import shown


@dataclass
class Found:
    """Counts of a conversion.

    Args:
        images: number of rows.
        groups: group to its split; an image without a group is its own, and not counted here.
        labels: images of each class name.
        splits: images of each split.
    """

    images: int = 0
    groups: dict[str, str] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)


def write(
    items: Iterator[Item],
    task: Task,
    root: Path,
    owned: Path | None,
    total: int = 0,
    progress: bool = True,
    waiting: bool = False,
) -> Found:
    """Write images, masks and ``manifest.csv``.

    Args:
        items: in the order of the rows to be.
        task: decides on masks or labels.
        root: an existing, empty folder.
        owned: files below this folder may be moved instead of copied.
        total: how many items are expected, for the bar.
        progress: show a bar, where stderr is a terminal.
        waiting: whether items may have neither mask nor label, for one that nobody has given yet.

    Returns:
        The counts.

    Raises:
        DataError: for a file that is no image or is truncated, a mask of another size, an id twice, a group in two splits.
    """
    found, ids = Found(), set[str]()
    header: list[str] = []
    under_way = placed(shown(items, total, "Converting", progress), root, owned)
    # closing: after an error no worker may write any more, as the folder is about to be removed
    with (root / "manifest.csv").open("w", newline="", encoding="utf-8") as file, closing(under_way):
        table = csv.writer(file)
        for item, places in under_way:
            if item.id in ids:
                raise DataError(f"the id {item.id!r} comes twice; every image must be there only once")
            ids.add(item.id)
            columns = _header(item, task)
            if not header:
                header = columns
                table.writerow(header)
            if columns != header:
                raise DataError(f"{item.id}: it has other columns than the rows before: {', '.join(columns)}")
            given, other = (item.mask, item.label) if task == "segmentation" else (item.label, item.mask)
            assert other is None
            assert waiting or given is not None
            _count(item, found)
            table.writerow(_row(item, task, places))
    return found


def _header(item: Item, task: Task) -> list[str]:
    columns = ["id", "image", "mask" if task == "segmentation" else "label", "group"]
    columns += ["split"] * bool(item.split) + [*SPACING] * (item.spacing is not None)
    return [*columns, *item.metadata, *item.files]


def _count(item: Item, found: Found) -> None:
    found.images += 1
    if item.label is not None:
        found.labels[item.label] += 1
    if item.split:
        assert item.split in SPLITS
        found.splits[item.split] += 1
    if item.group and found.groups.setdefault(item.group, item.split) != item.split:
        both = f"{found.groups[item.group]} and {item.split}"
        raise DataError(f"{item.id}: its group {item.group!r} lies in the splits {both}; a group must lie in one")


def _row(item: Item, task: Task, placed: Placed) -> list[object]:
    row: list[object] = [item.id, placed.image, placed.mask if task == "segmentation" else item.label or "", item.group]
    if item.split:
        row.append(item.split)
    if item.spacing is not None:
        row += [f"{side:.9g}" for side in item.spacing]
    return [*row, *map(_cell, item.metadata.values()), *placed.files]


def _cell(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""
