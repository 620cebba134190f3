"""Labels as a data set of alseg: ``manifest.csv`` with images and masks beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from alseg.data.dataset import IGNORE
from alseg.data.manifest import RESERVED
from alseg.files import csv_text, write_bytes, write_text
from alseg.handover.labels import Label, Labels
from alseg.handover.png import png_of
from alseg.handover.written_images import copied

OWN = ("annotator", "round", "order", "mask_from")


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
    metadata = [
        name
        for name in dict.fromkeys(name for label in labels.labels for name in label.source.metadata)
        if name not in (*RESERVED, *OWN)
    ]
    spacing = ["spacing_y", "spacing_x"] if any(label.source.spacing for label in labels.labels) else []
    columns = [
        "id",
        "image",
        "mask" if segmentation else "label",
        "group",
        *spacing,
        "cost",
        "annotator",
        "round",
        "order",
    ]
    rows = [columns + ["mask_from"] * segmentation + metadata]
    unknown = False
    for label in shown:
        image = copied(label, out / "images")
        if segmentation:
            mask = label.mask(IGNORE)
            unknown = unknown or bool((mask == IGNORE).any())
            target = f"masks/{label.name}.png"
            write_bytes(out / target, png_of(mask))
        else:
            target = labels.classes[int(label.target)]
        source = label.source
        cells = [label.id, f"images/{image.name}", target, source.group]
        cells += [repr(side) for side in source.spacing or ("", "")] if spacing else []
        cells += [f"{label.seconds:.6g}", csv_text(label.annotator), str(label.round), str(label.order)]
        cells += [label.mask_from] * segmentation
        rows.append(cells + [source.metadata.get(name, "") for name in metadata])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(out / "manifest.csv", text.getvalue())
    names = f" 'data.classes=[{','.join(labels.classes)}]'"
    ignored = " data.mask_255=ignored" if unknown else ""
    return f"Use it with: alseg run data=folder data.root={out}{names}{ignored}"
