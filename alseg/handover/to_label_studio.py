"""Labels as tasks of Label Studio with their annotations: brush masks exact to the pixel, or choices.

Source: "Import pre-annotated data" and "Brush" in labelstud.io/guide; lead_time is in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from alseg.data.dataset import IGNORE, NOT_ANNOTATED
from alseg.files import write_text
from alseg.handover.labels import Label, Labels
from alseg.handover.written_images import as_png
from alseg.oracles.studio.labelling import Control, labelling_configuration
from alseg.oracles.studio.regions import chosen, painted


def write_label_studio(out: Path, labels: Labels, shown: Iterable[Label]) -> str:
    """Write ``tasks.json``, ``label_config.xml`` and the images as PNG of 8 bits, which every browser shows.

    The tasks name their images by the server's local files, below the folder that holds ``out``.

    Args:
        out: the folder.
        labels: of the run.
        shown: its labels, behind a progress bar.
    """
    # Pixels that nobody looked at are one class more.
    all_classes = (*labels.classes, NOT_ANNOTATED)
    control = Control("brush" if labels.task == "segmentation" else "class", "image")
    tasks, ignored = [], False
    for label in shown:
        as_png(label.source, out / "images" / f"{label.name}.png", labels.window, labels.channels)
        if labels.task == "segmentation":
            mask = label.mask(IGNORE)
            unknown = mask == IGNORE
            ignored = ignored or bool(unknown.any())
            result = painted(
                np.where(unknown, np.uint8(len(labels.classes)), mask).astype(np.uint8), all_classes, control
            )
        else:
            result = chosen(int(label.target), labels.classes, control)
        data: dict[str, Any] = {
            "image": f"/data/local-files/?d={quote(out.name)}/images/{label.name}.png",
            "id": label.id,
            "group": label.source.group,
            "round": label.round,
            "order": label.order,
            "reason": label.reason,
            "annotator": label.annotator,
        }
        tasks.append({"data": data, "annotations": [{"result": result, "lead_time": label.seconds}]})
    write_text(out / "tasks.json", json.dumps(tasks) + "\n")
    asked = replace(labels, classes=all_classes) if ignored else labels
    write_text(out / "label_config.xml", labelling_configuration(asked) + "\n")
    return (
        f"Serve {out.resolve().parent} as local files (LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true, "
        f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={out.resolve().parent}, and a local storage of {out.resolve()}), "
        f"make a project with {out / 'label_config.xml'}, and import {out / 'tasks.json'}"
    )
