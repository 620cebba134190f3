"""Labels as a data set of alseg: ``manifest.csv`` with images and masks beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from alseg.data.dataset import IGNORE
from alseg.data.manifest import RESERVED
from alseg.files import csv_text, write_bytes, write_text
from alseg.handover.labels import Label, Labels, Source
from alseg.handover.png import png_of
from alseg.handover.written_images import copied

OWN = ("seconds", "annotator", "round", "order", "mask_from")
"""Columns beside those that a data set has."""


def write_folder(out: Path, labels: Labels, shown: Iterable[Label]) -> str:
    """Write it; the images are copied as they are, masks hold class ids, 255 where nobody looked.

    Args:
        out: the folder.
        labels: of the run.
        shown: its labels, behind a progress bar.

    Returns:
        How it is used.
    """
    segmentation = labels.task == "segmentation"
    sources = [*(label.source for label in labels.labels), *(source for _, _, source in labels.rest)]
    metadata = [
        name
        for name in dict.fromkeys(name for source in sources for name in source.metadata)
        if name not in (*RESERVED, *OWN)
    ]
    spacing = ["spacing_y", "spacing_x"] if any(source.spacing for source in sources) else []
    # A column of costs has to be full; of images that nobody labelled there is none.
    own = [*spacing, "seconds" if labels.rest else "cost", "annotator", "round", "order", "mask_from"]
    rows = [["id", "image", "mask" if segmentation else "label", "group", *own, *metadata]]

    def add(id_: str, name: str, source: Source, target: str, cells: Sequence[str]) -> None:
        image = copied(source, out / "images", name)
        sides = [repr(side) for side in source.spacing] if source.spacing else [""] * len(spacing)
        more = [source.metadata.get(column, "") for column in metadata]
        rows.append([id_, f"images/{image.name}", target, source.group, *sides, *cells, *more])

    unknown = False
    for label in shown:
        target, origin = "", ""
        if segmentation:
            mask = label.mask(IGNORE)
            unknown = unknown or bool((mask == IGNORE).any())
            target, origin = f"masks/{label.name}.png", label.mask_from
            write_bytes(out / target, png_of(mask))
        else:
            target = labels.classes[int(label.target)]
        who = [f"{label.seconds:.6g}", csv_text(label.annotator), str(label.round), str(label.order), origin]
        add(label.id, label.name, label.source, target, who)
    for id_, name, source in labels.rest:
        add(id_, name, source, "", [""] * len(OWN))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(out / "manifest.csv", text.getvalue())
    names = f" 'data.classes=[{','.join(labels.classes)}]'"
    ignored = " data.mask_255=ignored" if unknown else ""
    going_on = f" data.task={labels.task} cold_start=labelled" if labels.rest else ""
    return f"Use it with: alseg run data=folder data.root={out}{names}{ignored}{going_on}"
