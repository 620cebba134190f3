"""Content of a data set as digests: one of each part, and a short one of each image in it."""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset

SIZE = 16
"""Bytes of a digest."""

BLOCK = 64
"""Images that one thread hashes in a row."""

WORDS = {"ids": "other images", "classes": "the classes", "size": "the size of the images", "split": "the split column"}
"""Name of a part for messages about a change, where single images are not known."""

Digests = NDArray[np.uint8]
"""``(N, 16)``, one row per image."""


@dataclass(frozen=True)
class Content:
    """The content of a data set.

    Args:
        parts: digest of each part by its name, whatever the order of the images. Data sets with equal parts are equal.
        ids: N names of images, in alphabetical order.
        each: the first four bytes of the digest of each image in a part, in the order of ``ids``; enough to name what has
            changed, not to find out whether something has.
    """

    parts: Mapping[str, str]
    ids: tuple[str, ...] = ()
    each: Mapping[str, NDArray[np.uint32]] = field(default_factory=dict)


def content_of(dataset: Dataset, answers: Mapping[str, bytes] | None = None) -> Content:
    """Hash all that a run uses of a data set, and neither its name nor its place.

    Memory-mapped images are read once, image by image, and are not held.

    Args:
        dataset: the data set.
        answers: digest of each of an oracle's answers, by id, where they are not the data set's own targets.
    """
    order = np.argsort(np.array(dataset.ids))
    what = "masks" if dataset.task == "segmentation" else "labels"
    digests = {
        "images": _of_rows(dataset.images),
        what: _of_targets(dataset),
        "spacing": _of_values([(*row, dataset.unit) for row in dataset.spacing.tolist()]),
        "groups": _of_values(dataset.groups),
        "volumes": _of_values(dataset.volumes),
        "split": _of_values(dataset.split),
        "cost": _of_values(None if dataset.cost is None else dataset.cost.tolist()),
        "regions": _of_values(dataset.regions),
        "answers": _of_values([answers.get(id_, b"").hex() for id_ in dataset.ids] if answers else None),
    }
    whole = {
        "ids": sorted(dataset.ids),
        "classes": [dataset.task, *dataset.classes],
        "size": [dataset.channels, *dataset.size],
    }
    parts = {name: _digest(json.dumps(value).encode()).hex() for name, value in whole.items()}
    known = {name: rows[order] for name, rows in digests.items() if rows is not None}
    parts |= {name: _digest(rows.tobytes()).hex() for name, rows in known.items()}
    each = {name: np.ascontiguousarray(rows[:, :4]).view(np.uint32)[:, 0] for name, rows in known.items()}
    return Content(parts, tuple(dataset.ids[row] for row in order), each)


def changes(old: Content, new: Content, parts: Sequence[str]) -> list[str]:
    """Describe the differences in ``parts`` between two contents; one of them may lack the digests of single images."""
    found = []
    common, here, there = np.intersect1d(np.array(old.ids, dtype=str), np.array(new.ids, dtype=str), True, True)
    for part in parts:
        if old.parts.get(part) == new.parts.get(part):
            continue
        if part == "ids" and old.ids and new.ids:
            found += _of_ids(old.ids, new.ids)
        elif part in old.each and part in new.each:
            differing = common[old.each[part][here] != new.each[part][there]]
            if len(differing):
                images = "1 image" if len(differing) == 1 else f"{len(differing)} images"
                found.append(f"{part} of {images}, e.g. id {differing[0]}")
        else:
            found.append(WORDS.get(part, part))
    return found


def _of_ids(old: Sequence[str], new: Sequence[str]) -> list[str]:
    known, now = set(old), set(new)
    texts = []
    for word, ids in (("gone", [i for i in old if i not in now]), ("new", [i for i in new if i not in known])):
        if ids:
            texts.append(f"{len(ids)} {'image is' if len(ids) == 1 else 'images are'} {word}, e.g. id {ids[0]}")
    return texts


def _digest(content: Any) -> bytes:
    return blake2b(content, digest_size=SIZE).digest()


def _of_targets(dataset: Dataset) -> Digests | None:
    """Hash each target; a mask in which all is 255 is another thing than no mask."""
    targets = dataset.targets
    digests = _of_rows(targets) if targets.ndim > 1 else _of_values(targets.tolist())
    if digests is not None and dataset.has_target is not None:
        digests = digests.copy()  # what was read from bytes cannot be written to
        digests[~np.array(dataset.has_target)] = np.frombuffer(_digest(b"no target"), dtype=np.uint8)
    return digests


def _of_rows(array: NDArray[Any]) -> Digests:
    """Hash each row of an array, in threads, since hashing frees the interpreter's lock."""
    digests = np.empty((len(array), SIZE), dtype=np.uint8)

    def block(start: int) -> None:
        rows = [_digest(np.ascontiguousarray(row).data) for row in array[start : start + BLOCK]]
        digests[start : start + BLOCK] = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, SIZE)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        list(threads.map(block, range(0, len(array), BLOCK)))
    return digests


def _of_values(values: Sequence[Hashable] | None) -> Digests | None:
    """Hash each value, which is text, a number or a few of them; None where there are none."""
    if values is None:
        return None
    known = {value: _digest(json.dumps(value).encode()) for value in dict.fromkeys(values)}
    rows = [known[value] for value in values]
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, SIZE)
