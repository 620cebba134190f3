"""COCO: polygons and run lengths of objects, in one JSON file or several."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, NOT_ANNOTATED
from alseg.data.formats.polygon import mask_of_polygon
from alseg.data.index.files import Files
from alseg.data.index.found import Drawing, Found, Row
from alseg.data.index.resolve import Resolved, images_of
from alseg.errors import DataError

BACKGROUND = "background"


def is_coco(content: Any) -> bool:
    """True for what a JSON file of COCO holds."""
    return isinstance(content, Mapping) and all(
        isinstance(content.get(k), list) for k in ("images", "annotations", "categories")
    )


def read_coco(contents: Mapping[str, Any], files: Files, empty: bool) -> Found:
    """Rows of COCO files; several are one data set, and may be its splits.

    Args:
        contents: what each file holds.
        files: of the data folder.
        empty: whether an image without annotation is all background; else it waits for one.

    Raises:
        DataError: if a file is damaged, or files name their categories differently.
    """
    found = Found("COCO", [], "segmentation", used=set(contents))
    names: dict[int, str] = {}
    splits = _splits(list(contents))
    file = next(iter(contents))
    try:
        said = [(file, [str(image["file_name"])]) for file in contents for image in contents[file]["images"]]
        meant = (resolved[0] for resolved in images_of(said, files))
        for file, content in contents.items():
            _read(file, content, files, found, names, splits.get(file, ""), meant)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise DataError(f"{files.path(file)}: it is no complete COCO file ({type(error).__name__}: {error})") from error
    ids = class_ids(names)
    # Categories of one name are one class.
    found.classes = (BACKGROUND, *dict.fromkeys(names[id_] for id_ in sorted(names) if not _special(names[id_])))
    found.rows = [replace(row, mask=_numbered(row.mask, ids)) for row in found.rows]
    if not empty:
        found.leave_empty_unlabelled()
    if splits:
        found.remarks.append("splits are those that the names of the files say")
        found.leave_out_unlabelled()
    return found


def class_ids(names: Mapping[int, str]) -> dict[int, int]:
    """Class id of each category: 1, 2, ... in the order of their ids, alike for one name; 0 of the background, 255 of the rest."""
    kept = list(dict.fromkeys(names[id_] for id_ in sorted(names) if not _special(names[id_])))
    if len(kept) >= IGNORE:
        raise DataError(f"it has {len(kept)} categories; there can be {IGNORE - 1} classes")
    return {id_: kept.index(name) + 1 if name in kept else _special(name)[0] for id_, name in names.items()}


def _special(name: str) -> tuple[int, ...]:
    """The value of a category that is no class of the foreground; of any other, none."""
    return (IGNORE,) if name == NOT_ANNOTATED else (0,) if name.lower() == BACKGROUND else ()


def mask_of_counts(counts: Sequence[int], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Mask from lengths of runs down its columns, background first.

    Raises:
        ValueError: if they are not those of the size.
    """
    runs = np.array(counts, dtype=np.int64)
    if runs.ndim != 1 or (runs < 0).any() or runs.sum() != size[0] * size[1]:
        raise ValueError(f"run lengths of {runs.sum()} pixels where the image has {size[0] * size[1]}")
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(size[::-1]).T


def counts_of_text(text: str) -> list[int]:
    """Run lengths from COCO's compressed text: numbers in groups of five bits.

    From the third on they are differences to the one before the last.

    Source: ``rleFrString`` of pycocotools.

    Raises:
        ValueError: if it is damaged.
    """
    counts: list[int] = []
    value = shift = 0
    for sign in text:
        bits = ord(sign) - 48
        if not 0 <= bits < 64:
            raise ValueError(f"{sign!r} is no sign of run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("the run lengths are cut short")
    return counts


def _read(
    file: str, content: Any, files: Files, found: Found, names: dict[int, str], split: str, meant: Iterable[Resolved]
) -> None:
    for category in content["categories"]:
        if names.setdefault(int(category["id"]), str(category["name"])) != str(category["name"]):
            raise DataError(
                f"{files.path(file)}: its category {category['id']} is {category['name']!r}, and another file's is "
                f"{names[int(category['id'])]!r}"
            )
    shapes: dict[Any, list[tuple[int, Callable[[], NDArray[np.bool_]]]]] = {}
    sizes = {image["id"]: (int(image["height"]), int(image["width"])) for image in content["images"]}
    if len(sizes) < len(content["images"]):
        twice = next(id_ for id_, n in Counter(image["id"] for image in content["images"]).items() if n > 1)
        raise DataError(
            f"{files.path(file)}: several of its images have the id {twice}; nothing tells whose the annotations are"
        )
    boxes, boxed = 0, set()
    strange = 0
    for annotation in content["annotations"]:
        segmentation, image = annotation.get("segmentation"), annotation["image_id"]
        if image not in sizes or int(annotation["category_id"]) not in names:
            strange += 1
        elif not segmentation:
            boxes += 1
            boxed.add(image)
        else:
            shapes.setdefault(image, []).append(
                (int(annotation["category_id"]), partial(_mask, segmentation, sizes[image]))
            )
    if boxes:
        found.unplaced.append(
            f"{file}: {boxes} annotations have no outline (boxes or points alone), which make no mask"
        )
    if strange:
        found.unplaced.append(f"{file}: {strange} annotations name an image or a category that the file does not have")
    known = {row.image for row in found.rows}
    for image, (name, why) in zip(content["images"], meant):
        if name is None:
            found.unplaced.append(f"{file}: {why}")
        elif name in known:
            found.unplaced.append(f"{file}: {name} is described twice; the first time counts")
        elif (size := files.size(name)) != sizes[image["id"]]:
            told = "x".join(map(str, sizes[image["id"]]))
            found.unplaced.append(
                f"{file}: {name} has {size[0]}x{size[1]} pixels (height x width), and the file says {told}"
            )
        else:
            known.add(name)
            drawing = Drawing(size, tuple(shapes.get(image["id"], ())))
            # Something is on an image with boxes alone, so it is not background all over.
            waits = image["id"] in boxed and not drawing.shapes
            found.rows.append(Row(name, None if waits else drawing, split=split))


def _mask(segmentation: Any, size: tuple[int, int]) -> NDArray[np.bool_]:
    if isinstance(segmentation, Mapping):
        counts, told = segmentation["counts"], segmentation.get("size", size)
        if tuple(told) != size:
            raise ValueError(
                f"run lengths of {told[0]}x{told[1]} pixels (height x width) where the image has {size[0]}x{size[1]}"
            )
        return mask_of_counts(counts_of_text(counts) if isinstance(counts, str) else counts, size)
    parts = [mask_of_polygon(np.array(part, dtype=np.float64).reshape(-1, 2), size) for part in segmentation]
    whole: NDArray[np.bool_] = np.logical_or.reduce(parts)
    return whole


def _numbered(mask: str | Drawing | None, ids: Mapping[int, int]) -> str | Drawing | None:
    """A drawing with class ids in the place of categories."""
    if not isinstance(mask, Drawing):
        return mask
    return Drawing(mask.size, tuple((ids[category], shape) for category, shape in mask.shapes))


def _splits(files: Sequence[str]) -> dict[str, str]:
    """Split of each of several files by its name, where every name says one: ``instances_val2017.json``."""
    found = {}
    for file in files:
        said = re.findall(r"(?<![a-z])(train|val|test)(?![a-z])", PurePosixPath(file).stem.lower())
        if len(files) < 2 or len(said) != 1:
            return {}
        found[file] = said[0]
    return found
