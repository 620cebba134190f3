"""Folders without a description: images, with masks of the same names beside them, or in folders of classes or groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from alseg.data.convert.volumes import MASK_ENDINGS
from alseg.data.index.files import Files, stem_of
from alseg.data.index.found import Found, Row
from alseg.errors import ConfigError

IMAGES = ("images", "image", "imgs")
MASKS = ("masks", "mask", "labels", "segmentations", "annotations")
SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
MEANINGS = ("class", "group", "nothing")
"""What the names of folders may be."""


def read_folders(files: Files, meaning: str | None) -> Found:
    """Rows of images alone, of ``images/`` with ``masks/``, of folders that are classes or groups; and of those within splits.

    Args:
        files: of the data folder.
        meaning: of the names of folders with images; None asks where there are several.

    Raises:
        ConfigError: if it is not said what folders mean.
    """
    if meaning not in (None, *MEANINGS):
        raise ConfigError(f"--folders {meaning}: it is one of {', '.join(MEANINGS)}")
    tops = {_top(name) for name in files.images}
    if len(tops) > 1 and tops <= set(SPLITS) and "train" in {SPLITS[top] for top in tops}:
        found = Found("folders of splits", [])
        for top in sorted(tops):
            part = _read_part(files, f"{top}/", meaning)
            found.rows += [Row(row.image, row.mask, row.label, row.group, SPLITS[top]) for row in part.rows]
            found.task, found.layout = found.task or part.task, f"{part.layout}, in folders of splits"
            found.unplaced += part.unplaced
            found.used |= part.used
        found.remarks.append(f"the folders {', '.join(sorted(tops))} are splits")
        found.leave_out_unlabelled()
        return found
    return _read_part(files, "", meaning)


def _read_part(files: Files, start: str, meaning: str | None) -> Found:
    names = [name for name in files.images if name.startswith(start)]
    inner = {name: name.removeprefix(start) for name in names}
    tops = {_top(name) for name in inner.values()}
    home = next((folder for folder in IMAGES if folder in tops), None)
    masks = [folder for folder in MASKS if folder in tops]
    if home is None:
        return _read_named(names, inner, tops, meaning)
    images = [name for name in names if _top(inner[name]) == home]
    if not masks:
        below = {name: inner[name].removeprefix(f"{home}/") for name in images}
        return _read_named(images, below, {_top(name) for name in below.values()}, meaning)
    return _pairs(names, inner, home, masks)


def _pairs(names: Sequence[str], inner: dict[str, str], home: str, folders: Sequence[str]) -> Found:
    if len(folders) > 1:
        raise ConfigError(
            f"{' and '.join(folders)} may all hold masks; write manifest.csv, or leave the folder with one of them"
        )
    found = Found(f"{home}/ with {folders[0]}/", [], "segmentation")
    masks: dict[str, list[str]] = {}
    spent: set[str] = set()
    for name in names:
        if _top(inner[name]) == folders[0]:
            masks.setdefault(_key(inner[name]), []).append(name)
    images = [name for name in names if _top(inner[name]) == home]
    fits = {image: [m for end in MASK_ENDINGS for m in masks.get(_key(inner[image]) + end, [])] for image in images}
    wanted: dict[str, list[str]] = {}
    for image, fitting in fits.items():
        for mask in fitting:
            wanted.setdefault(mask, []).append(image)
    for mask, several in wanted.items():
        if len(several) > 1:
            found.unplaced.append(f"{mask}: it may be the mask of {' and of '.join(several)}, so it is of none yet")
    for image, fitting in fits.items():
        sure = [mask for mask in fitting if len(wanted[mask]) == 1]
        if len(fitting) > 1:
            found.unplaced.append(f"{image}: {' and '.join(fitting)} may both be its mask, so it has none yet")
        found.used |= set(fitting)
        found.rows.append(Row(image, sure[0] if len(fitting) == 1 and sure else None))
        for end in MASK_ENDINGS:
            spent.add(_key(inner[image]) + end)
    left = [name for key, same in masks.items() if key not in spent for name in same]
    found.used |= set(left)
    found.unplaced += [f"{name}: it is the mask of no image; names must match, but for {_endings()}" for name in left]
    return found


def _read_named(names: Sequence[str], inner: dict[str, str], tops: set[str], meaning: str | None) -> Found:
    """Images in folders whose names are classes, groups or nothing; or in one folder."""
    if tops <= {""}:
        return Found("images", [Row(name) for name in names])
    if meaning is None:
        shown = ", ".join(sorted(tops - {""})[:5])
        raise ConfigError(
            f"there are images in {len(tops - {''})} folders, such as {shown}; say by --folders class, --folders group or "
            "--folders nothing what their names are"
        )
    found = Found(
        {"class": "folders of classes", "group": "folders of groups", "nothing": "images in folders"}[meaning], []
    )
    for name in names:
        top = _top(inner[name])
        if not top and meaning == "class":
            found.rows.append(Row(name))
            continue
        found.rows.append(Row(name, label=top if meaning == "class" else None, group=top if meaning == "group" else ""))
    if meaning == "class":
        found.task = "classification"
        found.classes = tuple(sorted(tops - {""}))
    return found


def _endings() -> str:
    return " and ".join(ending for ending in MASK_ENDINGS if ending)


def _top(name: str) -> str:
    parts = PurePosixPath(name).parts
    return parts[0] if len(parts) > 1 else ""


def _key(name: str) -> str:
    """Path below the first folder, without suffix."""
    inner = PurePosixPath(*PurePosixPath(name).parts[1:])
    return (inner.parent / stem_of(inner.name)).as_posix()
