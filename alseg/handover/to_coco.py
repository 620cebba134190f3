"""Labels in the form of COCO: one file of images, categories and annotations with run lengths, exact to the pixel.

Source: "Data format" of cocodataset.org; run lengths count down the columns, background first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, NOT_ANNOTATED
from alseg.errors import ConfigError
from alseg.files import write_text
from alseg.handover.labels import Label, Labels
from alseg.handover.written_images import copied


def write_coco(out: Path, labels: Labels, shown: Iterable[Label]) -> str:
    """Write ``images`` and ``annotations.json``: one annotation for each class of an image, whether in one piece or many.

    Pixels that nobody looked at are of the category `NOT_ANNOTATED`, 255.

    Args:
        out: the folder.
        labels: of the run.
        shown: its labels, behind a progress bar.

    Raises:
        ConfigError: if the run is about classification.
    """
    if labels.task != "segmentation":
        raise ConfigError(
            "--to coco: it has no place for the class of a whole image; choose --to folder or label_studio"
        )
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    ignored = False
    for number, label in enumerate(shown, start=1):
        file, mask = copied(label.source, out / "images", label.name), label.mask(IGNORE)
        about = {"id": label.id, "group": label.source.group, "round": label.round, "order": label.order}
        about |= {"annotator": label.annotator, "seconds": label.seconds, "mask_from": label.mask_from}
        height, width = mask.shape
        images.append({"id": number, "file_name": file.name, "height": height, "width": width, "alseg": about})
        for kind in map(int, np.unique(mask[mask > 0])):
            ignored = ignored or kind == IGNORE
            annotations.append({"id": len(annotations) + 1, "image_id": number, **_annotation(mask == kind, kind)})
    names = [*enumerate(labels.classes)][1:] + [(IGNORE, NOT_ANNOTATED)] * ignored
    whole = {
        "info": {"description": f"labels of {labels.name}"},
        "images": images,
        "categories": [{"id": id_, "name": name, "supercategory": ""} for id_, name in names],
        "annotations": annotations,
    }
    write_text(out / "annotations.json", json.dumps(whole) + "\n")
    return f"Images are in {out / 'images'}, annotations in {out / 'annotations.json'}"


def _annotation(mask: NDArray[np.bool_], kind: int) -> dict[str, Any]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
    return {
        "category_id": kind,
        "segmentation": {"size": list(mask.shape), "counts": run_lengths(mask)},
        "area": int(mask.sum()),
        "bbox": [int(side) for side in box],
        "iscrowd": 0,
    }


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Lengths of the runs of a mask down its columns; the first is of background, 0 if the first pixel is set."""
    flat = mask.ravel(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff([0, *ends.tolist(), flat.size]).tolist()
    return [0, *lengths] if flat[0] else lengths
