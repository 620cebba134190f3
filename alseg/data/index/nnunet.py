"""nnU-Net's raw data sets, and those of the Medical Segmentation Decathlon, which are alike."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from alseg.data.index.files import Files, stem_of
from alseg.data.index.found import Found, Row
from alseg.errors import ConfigError, DataError

PARTS = {"Tr": "train", "Ts": "test"}


def is_nnunet(files: Files) -> bool:
    """True if there is a folder ``imagesTr``."""
    return any(name.startswith("imagesTr/") for name in files.images)


def read_nnunet(files: Files, channel: int) -> Found:
    """Rows of ``imagesTr`` and ``imagesTs`` with the masks of ``labelsTr`` and ``labelsTs``.

    ``imagesTs`` without masks is of the pool; with masks for all of its images it is the test set.

    Args:
        files: of the data folder.
        channel: which one of several, CASE_0000, CASE_0001, ..., is the image.

    Raises:
        DataError: if ``dataset.json`` cannot be understood.
        ConfigError: if no image has the channel.
    """
    found = Found("nnU-Net", [], "segmentation")
    _read_json(files, found)
    other = 0
    for part, split in PARTS.items():
        images = [name for name in files.images if name.startswith(f"images{part}/")]
        masks = {stem_of(name): name for name in files.images if name.startswith(f"labels{part}/")}
        cases: dict[str, dict[int, str]] = {}
        stems = {stem_of(name) for name in images}
        for name in images:
            numbered = re.fullmatch(r"(.+)_(\d{4})", stem_of(name))
            # a number is that of a channel where there is a channel 0, and no mask is called so
            channels = numbered and f"{numbered[1]}_0000" in stems and stem_of(name) not in masks
            case, number = (numbered[1], int(numbered[2])) if numbered and channels else (stem_of(name), 0)
            cases.setdefault(case, {})[number] = name
        rows = []
        for case, files_of in cases.items():
            if channel not in files_of:
                raise ConfigError(
                    f"--channel {channel}: {case} of images{part} has {', '.join(map(str, sorted(files_of)))}"
                )
            other += len(files_of) - 1
            found.used |= set(files_of.values()) - {files_of[channel]}
            rows.append(Row(files_of[channel], masks.pop(case, None)))
        tested = part == "Ts" and rows and all(row.labelled for row in rows)
        if part == "Ts" and tested:
            found.rows = [Row(row.image, row.mask, split="train") for row in found.rows]
            rows = [Row(row.image, row.mask, split=split) for row in rows]
        elif found.rows and rows and any(row.labelled for row in rows):
            found.remarks.append("only some images of imagesTs have a mask: none of them is a test set")
        found.rows += rows
        found.unplaced += [f"{mask}: it is the mask of no image in images{part}" for mask in masks.values()]
        found.used |= set(masks.values())
    if other:
        found.unplaced.append(
            f"{other} files of other channels than {channel}: an image has one; --channel N takes another"
        )
    return found


def _read_json(files: Files, found: Found) -> None:
    """Names of the classes, where ``dataset.json`` states them."""
    if "dataset.json" not in files.names:
        return
    path = files.path("dataset.json")
    found.used.add("dataset.json")
    try:
        labels: Mapping[str, Any] = json.loads(path.read_bytes())["labels"]
        # nnU-Net 2 writes names to ids, nnU-Net 1 and the Decathlon ids to names
        by_id = {int(id_): str(name) for id_, name in labels.items()} if all(map(str.isdecimal, labels)) else None
        if by_id is None:
            by_id = {int(id_): str(name) for name, id_ in labels.items() if name != "ignore"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: its labels are not names with one id each ({type(error).__name__}: {error}); name the classes by data.classes"
        ) from error
    if sorted(by_id) != list(range(len(by_id))):
        raise DataError(
            f"{path}: its labels have the ids {', '.join(map(str, sorted(by_id)))}; they must be 0, 1, 2, ..."
        )
    found.classes = tuple(by_id[id_] for id_ in range(len(by_id)))
