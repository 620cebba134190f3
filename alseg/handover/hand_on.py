"""Hand on the labels of a run in one of several forms."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from alseg.errors import ConfigError, FolderInUseError
from alseg.files import csv_text, write_text
from alseg.handover.labels import Label, Labels
from alseg.handover.to_coco import write_coco
from alseg.handover.to_folder import write_folder
from alseg.handover.to_label_studio import write_label_studio
from alseg.handover.to_nnunet import write_nnunet
from alseg.terminal import shown

FORMS: Mapping[str, Callable[[Path, Labels, Iterable[Label]], str]] = {
    "nnunet": write_nnunet,
    "coco": write_coco,
    "label_studio": write_label_studio,
    "folder": write_folder,
}


class HandedOn(NamedTuple):
    """What was handed on.

    Args:
        labels: number of labels.
        seconds: they took together.
        annotators: who made them.
        resized: number of masks that were brought from ``data.size`` to the size of the file.
        use: how it is used, in words.
    """

    labels: int
    seconds: float
    annotators: tuple[str, ...]
    resized: int
    use: str


def hand_on(labels: Labels, form: str, out: Path, *, progress: bool = True) -> HandedOn:
    """Write the labels into a new folder, which is whole or not there.

    Args:
        labels: of a run.
        form: one of `FORMS`.
        out: the folder.
        progress: show a progress bar if stderr is a terminal.

    Raises:
        ConfigError: if the folder is there and not empty, or the labels have no such form.
        FolderInUseError: if another process writes there.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"--out {out}: it is there already; name a new folder")
    work = out.parent / f".{out.name}.tmp"
    made = work / out.name
    try:
        work.mkdir(parents=True, exist_ok=True)
        with FileLock(work / ".lock", timeout=0):
            try:
                shutil.rmtree(made, ignore_errors=True)  # of a process that was killed
                made.mkdir()
                use = FORMS[form](made, labels, shown(labels.labels, len(labels.labels), "Writing labels", progress))
                for was, is_ in ((work.resolve(), out.resolve().parent), (work, out.parent)):
                    use = use.replace(str(was), str(is_))
                write_text(made / "labels.csv", _table(labels))
                write_text(made / "labels.json", json.dumps(_about(labels, form), indent=2) + "\n")
                if out.exists():
                    out.rmdir()
                made.replace(out)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except Timeout:
        raise FolderInUseError(f"--out {out}: another process writes labels there; wait for it") from None
    resized = sum("resized" in label.mask_from for label in labels.labels) if labels.task == "segmentation" else 0
    people = tuple(dict.fromkeys(label.annotator for label in labels.labels))
    return HandedOn(len(labels.labels), sum(label.seconds for label in labels.labels), people, resized, use)


def _table(labels: Labels) -> str:
    """Who labelled which image, when and at what cost; the same in every form."""
    segmentation = labels.task == "segmentation"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            "id",
            "name",
            "group",
            "round",
            "order",
            "annotator",
            "seconds",
            "mask_from" if segmentation else "label",
            "reason",
        ]
    )
    for label in labels.labels:
        what = label.mask_from if segmentation else labels.classes[int(label.target)]
        cells = [label.id, label.name, label.source.group, str(label.round), str(label.order), label.annotator]
        writer.writerow([*map(csv_text, cells), f"{label.seconds:.6g}", csv_text(what), csv_text(label.reason)])
    return text.getvalue()


def _about(labels: Labels, form: str) -> dict[str, Any]:
    by: dict[str, dict[str, float]] = {}
    for label in labels.labels:
        one = by.setdefault(label.annotator, {"labels": 0, "seconds": 0.0})
        one["labels"] += 1
        one["seconds"] += label.seconds
    return {
        "form": form,
        "run": labels.run.resolve().name,
        "data": labels.name,
        "task": labels.task,
        "classes": dict(enumerate(labels.classes)),
        "labels": len(labels.labels),
        "annotators": by,
        "refused": list(labels.refused),
    }
