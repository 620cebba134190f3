"""Write ``manifest.csv`` for a folder that has none."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from alseg.data.dataset import Task, check_not_split
from alseg.data.index.files import Files, stem_of
from alseg.data.index.found import Drawing, Found, Row
from alseg.data.index.layouts import leftovers, recognise
from alseg.data.spreadsheet_faults import NAME
from alseg.errors import ConfigError, DataError
from alseg.files import atomic
from alseg.terminal import shown

DRAWN = "class_ids"
"""Folder of the masks that are drawn from shapes."""


@dataclass(frozen=True)
class Indexed:
    """What was written.

    Args:
        manifest: the file.
        layout: which one was recognised.
        images: number of rows.
        labelled: number of those with a mask or a label.
        groups: number of groups that are stated.
        task: that they are labelled for; None where nothing tells.
        classes: names in the order of the class ids; empty where the data tell.
        volumes: whether there are files that have to be converted first.
        drawn: number of masks that were drawn.
        remarks: what was decided, in sentences.
        unplaced: a line for each thing that has no place.
    """

    manifest: Path
    layout: str
    images: int
    labelled: int
    groups: int
    task: Task | None
    classes: tuple[str, ...]
    volumes: bool
    drawn: int
    remarks: tuple[str, ...]
    unplaced: tuple[str, ...]


def index(
    root: Path,
    layout: str | None = None,
    folders: str | None = None,
    empty: bool = False,
    group: str | None = None,
    channel: int = 0,
    follow_links: bool = False,
) -> Indexed:
    """Write the manifest of a folder of images, and the masks that its annotations describe, to ``class_ids/``.

    Args:
        root: the folder.
        layout: see `recognise`.
        folders: and
        empty, channel: likewise.
        group: regular expression whose first group is the patient, recording or slide, in the name of an image.
        follow_links: symbolic links may lead out of the folder.

    Raises:
        ConfigError: if an option is not possible, or it is not said what something means.
        DataError: if there is a manifest already, there is no image, or annotations are damaged. Nothing is left behind.
    """
    root = root.expanduser()
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; give the one that holds the images")
    for name in (NAME, DRAWN):
        if (root / name).exists():
            raise DataError(
                f"{root / name}: it is there already, and is never written over; move it away, or: alseg data check {root}"
            )
    files = Files(root, follow_links)
    found = recognise(files, layout, folders, empty, channel)
    if not found.rows:
        raise DataError(f"{root}: no image has a place in a manifest: {'; '.join(found.unplaced[:3])}")
    left = leftovers(files, found)
    if group is not None:
        found.rows = _grouped(found.rows, group)
    ids = ids_of([row.image for row in found.rows])
    groups = [row.group or f" {id_}" for row, id_ in zip(found.rows, ids)]
    check_not_split(root.name, "group", groups, "split", [row.split for row in found.rows])
    drawn, overlap = _draw(root, ids, found.rows)
    if overlap:
        found.remarks.append(f"shapes of different classes overlap in {overlap:,} pixels: the later shape is on top")
    try:
        _write(root, ids, found)
    except BaseException:
        if drawn:
            shutil.rmtree(root / DRAWN, ignore_errors=True)
        raise
    return Indexed(
        root / NAME,
        found.layout,
        len(found.rows),
        sum(row.labelled for row in found.rows),
        len({row.group for row in found.rows} - {""}),
        found.task,
        found.classes,
        any(files.is_volume(row.image) for row in found.rows),
        drawn,
        tuple(found.remarks),
        (*files.unplaced, *found.unplaced, *left),
    )


def ids_of(images: Sequence[str]) -> list[str]:
    """The names of the files; with their folders where these are not different, and with suffixes where that is not enough."""
    plain = [stem_of(name) for name in images]
    paths = [PurePosixPath(name) for name in images]
    nested = [(path.parent / stem_of(path.name)).as_posix().replace("/", "_") for path in paths]
    for ids in (plain, nested, [name.replace("/", "_") for name in images]):
        if len({id_.casefold() for id_ in ids}) == len(ids):
            return ids
    return list(images)


def _grouped(rows: Sequence[Row], group: str) -> list[Row]:
    try:
        pattern = re.compile(group)
    except re.error as error:
        raise ConfigError(f"--group {group}: it is no regular expression ({error})") from error
    if pattern.groups != 1:
        raise ConfigError(
            f"--group {group}: it has {pattern.groups} groups in brackets; one says the patient, as '^(p[0-9]+)_'"
        )
    named = []
    for row in rows:
        match = pattern.search(stem_of(row.image))
        if match is None or not match[1]:
            raise ConfigError(f"--group {group}: it finds nothing in {stem_of(row.image)!r}, the name of {row.image}")
        named.append(Row(row.image, row.mask, row.label, match[1], row.split))
    return named


def _draw(root: Path, ids: Sequence[str], rows: Sequence[Row]) -> tuple[int, int]:
    """Draw the masks; their number, and that of the pixels in which shapes of different classes overlap."""
    todo = [(id_, row) for id_, row in zip(ids, rows) if isinstance(row.mask, Drawing)]
    if not todo:
        return 0, 0
    work, overlap = root / f".{DRAWN}.part", 0
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir()
        for id_, row in shown(todo, len(todo), "Drawing masks"):
            assert isinstance(row.mask, Drawing)
            try:
                mask, both = row.mask.drawn()
            except (ValueError, KeyError, TypeError) as error:
                why = f"it has no {error}" if isinstance(error, KeyError) else error
                raise DataError(f"{root / row.image}: its annotation is damaged ({why})") from error
            Image.fromarray(mask).save(work / f"{id_}.png")
            overlap += both
        work.rename(root / DRAWN)
    except OSError as error:
        raise DataError(f"{root}: masks cannot be written there ({error.strerror or error})") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return len(todo), overlap


def _write(root: Path, ids: Sequence[str], found: Found) -> None:
    """Write the table, in one piece."""
    column = {"segmentation": ["mask"], "classification": ["label"], None: []}[found.task]
    split = ["split"] if any(row.split for row in found.rows) else []
    try:
        with atomic(root / NAME) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["id", "image", *column, "group", *split])
            for id_, row in zip(ids, found.rows):
                mask = f"{DRAWN}/{id_}.png" if isinstance(row.mask, Drawing) else row.mask
                target = {"mask": mask, "label": row.label}
                table.writerow(
                    [
                        id_,
                        row.image,
                        *(target[name] or "" for name in column),
                        row.group,
                        *([row.split] if split else []),
                    ]
                )
    except OSError as error:
        raise DataError(f"{root / NAME}: it cannot be written ({error.strerror or error})") from error
