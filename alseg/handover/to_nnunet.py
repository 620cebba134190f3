"""Labels as a raw data set of nnU-Net, version 2.

Source: documentation/dataset_format.md and documentation/ignore_label.md of github.com/MIC-DKFZ/nnUNet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from alseg.data.dataset import IGNORE
from alseg.errors import ConfigError
from alseg.files import write_bytes, write_text
from alseg.handover.labels import Label, Labels
from alseg.handover.png import png_of
from alseg.handover.written_images import as_png

FOLDER = re.compile(r"Dataset\d{3}_\w+")


def write_nnunet(out: Path, labels: Labels, shown: Iterable[Label]) -> str:
    """Write ``imagesTr``, ``labelsTr`` and ``dataset.json``: PNG of 8 bits, read by nnU-Net's ``NaturalImage2DIO``.

    Where pixels are not annotated, they are nnU-Net's class ``ignore``, whose id has to be the highest.

    Args:
        out: the folder; nnU-Net wants ``DatasetNNN_NAME``.
        labels: of the run.
        shown: its labels, behind a progress bar.

    Raises:
        ConfigError: if the folder has another name, or the run is about classification.
    """
    if labels.task != "segmentation":
        raise ConfigError("--to nnunet: it is for segmentation; choose --to folder or label_studio")
    if not FOLDER.fullmatch(out.name):
        raise ConfigError(
            f"--out: the folder is called {out.name}, and nnU-Net looks for DatasetNNN_NAME; "
            f"as --out nnUNet_raw/Dataset501_{labels.name}"
        )
    ignored, count = False, 0
    for label in shown:
        as_png(label.source, out / "imagesTr" / f"{label.name}_0000.png", labels.window, labels.channels)
        mask = label.mask(IGNORE)
        unknown = mask == IGNORE
        ignored, count = ignored or bool(unknown.any()), count + 1
        ids = np.where(unknown, np.uint8(len(labels.classes)), mask).astype(np.uint8)
        write_bytes(out / "labelsTr" / f"{label.name}.png", png_of(ids))
    names = {"background": 0, **{name: id_ for id_, name in enumerate(labels.classes) if id_ > 0}}
    channels = ["grey"] if labels.channels == 1 else ["R", "G", "B"]
    about = {
        "channel_names": {str(place): name for place, name in enumerate(channels)},
        "labels": names | ({"ignore": len(labels.classes)} if ignored else {}),
        "numTraining": count,
        "file_ending": ".png",
        "overwrite_image_reader_writer": "NaturalImage2DIO",
        "name": labels.name,
    }
    write_text(out / "dataset.json", json.dumps(about, indent=2) + "\n")
    number = out.name[len("Dataset") : len("Dataset") + 3]
    return f"Use it with: nnUNetv2_plan_and_preprocess -d {number} --verify_dataset_integrity"
