"""Labels as tasks of Label Studio with their annotations: brush masks exact to the pixel, or choices.

Source: "Import pre-annotated data" and "Brush" in labelstud.io/guide; lead_time is in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from alseg.data.dataset import IGNORE
from alseg.data.formats.brush import brush_of
from alseg.files import write_text
from alseg.handover.labels import Label, Labels
from alseg.handover.written_images import as_png

NOT_ANNOTATED = "not annotated"


def write_label_studio(out: Path, labels: Labels, shown: Iterable[Label]) -> str:
    """Write ``tasks.json``, ``label_config.xml`` and the images as PNG of 8 bits, which every browser shows.

    The tasks name their images by the server's local files, below the folder that holds ``out``.

    Args:
        out: the folder.
        labels: of the run.
        shown: its labels, behind a progress bar.
    """
    tasks, ignored = [], False
    for label in shown:
        as_png(label, out / "images" / f"{label.name}.png", labels.window, labels.channels)
        results = _brushes(labels, label) if labels.task == "segmentation" else [_choice(labels, label)]
        ignored = ignored or any(NOT_ANNOTATED in one["value"].get("brushlabels", ()) for one in results)
        data: dict[str, Any] = {
            "image": f"/data/local-files/?d={out.name}/images/{label.name}.png",
            "id": label.id,
            "group": label.source.group,
            "round": label.round,
            "order": label.order,
            "annotator": label.annotator,
        }
        tasks.append({"data": data, "annotations": [{"result": results, "lead_time": label.seconds}]})
    write_text(out / "tasks.json", json.dumps(tasks) + "\n")
    write_text(out / "label_config.xml", labelling_configuration(labels, ignored=ignored))
    return (
        f"Serve {out.resolve().parent} as local files (LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true, "
        f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={out.resolve().parent}, and a local storage of {out.resolve()}), "
        f"make a project with {out / 'label_config.xml'}, and import {out / 'tasks.json'}"
    )


def labelling_configuration(labels: Labels, *, ignored: bool) -> str:
    """The labelling configuration: a brush for each class but the background, or a choice of one class."""
    if labels.task == "segmentation":
        kind, item, names = "BrushLabels", "Label", [*labels.classes[1:], *[NOT_ANNOTATED] * ignored]
    else:
        kind, item, names = "Choices", "Choice", [*labels.classes]
    inside = "".join(f"\n    <{item} value={quoteattr(name)}/>" for name in names)
    return (
        '<View>\n  <Image name="image" value="$image" zoom="true"/>\n'
        f'  <{kind} name="label" toName="image">{inside}\n  </{kind}>\n</View>\n'
    )


def _brushes(labels: Labels, label: Label) -> list[dict[str, Any]]:
    mask = label.mask(IGNORE)
    found = []
    for kind in map(int, np.unique(mask[mask > 0])):
        name = NOT_ANNOTATED if kind == IGNORE else labels.classes[kind]
        value = {"format": "rle", "rle": brush_of(mask == kind), "brushlabels": [name]}
        size = {"original_width": mask.shape[1], "original_height": mask.shape[0], "image_rotation": 0}
        found.append({**_addressed(f"class_{kind}", "brushlabels"), **size, "value": value})
    return found


def _choice(labels: Labels, label: Label) -> dict[str, Any]:
    return {**_addressed("class", "choices"), "value": {"choices": [labels.classes[int(label.target)]]}}


def _addressed(id_: str, kind: str) -> dict[str, str]:
    return {"id": id_, "from_name": "label", "to_name": "image", "type": kind}
