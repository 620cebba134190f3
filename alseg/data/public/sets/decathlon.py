"""Medical Segmentation Decathlon: volumes of one task, cut into axial slices.

Classes, channels and numbers of volumes: the tasks' `dataset.json`, as public copies of it state them (numbers of
Hippocampus, Lung and Pancreas differ from the paper's). Archives and MD5: the copies that MONAI serves, and states in
`monai.apps.DecathlonDataset`. Windows and the choice of channels are ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.cut import Window, cut
from alseg.data.convert.item import Item
from alseg.data.formats.kind import stem
from alseg.data.formats.stack import robust_range
from alseg.data.inside import inside
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.data.public.volume_pair import read_pair
from alseg.errors import DataError

SOFT_TISSUE: Window = (-160.0, 240.0)
LUNG: Window = (-1000.0, 400.0)


@dataclass(frozen=True)
class Volumes:
    """A task of the Decathlon.

    Args:
        folder: its folder, and the name of its archive.
        what: subject and modality.
        classes: in the order of their ids.
        md5: of the archive.
        count: volumes with labels.
        window: Hounsfield units of CT that become 0 and 255; None for MRI.
        channel: of a 4-D volume; three become red, green and blue.
    """

    folder: str
    what: str
    classes: tuple[str, ...]
    md5: str
    count: int
    window: Window | None = None
    channel: int | tuple[int, ...] = 0


TASKS = {
    "decathlon_brain_tumour": Volumes(
        "Task01_BrainTumour",
        "MRI of gliomas; red, green and blue are FLAIR, t1gd and T2w (our choice; T1w is left out)",
        ("background", "edema", "non-enhancing tumor", "enhancing tumour"),
        "240a19d752f0d9e9101544901065d872",
        484,
        channel=(0, 2, 3),
    ),
    "decathlon_heart": Volumes(
        "Task02_Heart",
        "MRI of the heart",
        ("background", "left atrium"),
        "06ee59366e1e5124267b774dbd654057",
        20,
    ),
    "decathlon_liver": Volumes(
        "Task03_Liver",
        "CT of liver and tumours",
        ("background", "liver", "cancer"),
        "a90ec6c4aa7f6a3d087205e23d4e6397",
        131,
        SOFT_TISSUE,
    ),
    "decathlon_hippocampus": Volumes(
        "Task04_Hippocampus",
        "MRI of the hippocampus",
        ("background", "Anterior", "Posterior"),
        "9d24dba78a72977dbd1d2e110310f31b",
        260,
    ),
    "decathlon_prostate": Volumes(
        "Task05_Prostate",
        "MRI of the zones of the prostate, T2 (our choice; ADC is left out)",
        ("background", "PZ", "TZ"),
        "35138f08b1efaef89d7424d2bcc928db",
        32,
    ),
    "decathlon_lung": Volumes(
        "Task06_Lung",
        "CT of tumours of the lung",
        ("background", "cancer"),
        "8afd997733c7fc0432f71255ba4e52dc",
        63,
        LUNG,
    ),
    "decathlon_pancreas": Volumes(
        "Task07_Pancreas",
        "CT of pancreas and tumours",
        ("background", "pancreas", "cancer"),
        "4f7080cfca169fa8066d17ce6eb061e4",
        281,
        SOFT_TISSUE,
    ),
    "decathlon_hepatic_vessel": Volumes(
        "Task08_HepaticVessel",
        "CT of vessels and tumours of the liver",
        ("background", "Vessel", "Tumour"),
        "641d79e80ec66453921d997fbf12a29c",
        303,
        SOFT_TISSUE,
    ),
    "decathlon_spleen": Volumes(
        "Task09_Spleen",
        "CT of the spleen",
        ("background", "spleen"),
        "410d4a301da4e5b2f6f86ec3ddba524e",
        41,
        SOFT_TISSUE,
    ),
    "decathlon_colon": Volumes(
        "Task10_Colon",
        "CT of cancer of the colon",
        ("background", "colon cancer primaries"),
        "bad7a188931dc2f6acf72b08eb6202d0",
        126,
        SOFT_TISSUE,
    ),
}


def convert(source: Source) -> Iterator[Item]:
    """Yield every slice of the volumes that have labels; column ``labelled`` is ``no`` where it shows background alone.

    CT is shown in the task's window of Hounsfield units, each channel of MRI from its half to its 99.5th percentile in
    the volume.
    """
    task = TASKS[source.name]
    for image, mask in _pairs(source.folder(task.folder) / "dataset.json", task.classes):
        scan, labels = read_pair(image, mask, channel=task.channel)
        ids = np.stack([_whole(values, mask, len(task.classes)) for values in labels])
        channels = np.moveaxis(scan.slices, 3, 0) if scan.slices.ndim == 4 else [scan.slices]
        windows = [task.window or robust_range(values) for values in channels]
        volume = stem(image)
        for one in cut(volume, scan, ids, windows):
            labelled = "yes" if one.annotated else "no"
            metadata = {"volume": volume, "slice": one.number, "labelled": labelled}
            yield one.item(group=volume, spacing=scan.spacing, metadata=metadata)


def _whole(values: NDArray[Any], path: Path, classes: int) -> NDArray[np.uint8]:
    ids: NDArray[Any] = np.rint(values)
    if not (np.abs(values - ids) < 1e-3).all() or ids.min() < 0 or ids.max() >= classes:
        raise DataError(
            f"{path}: it holds values from {values.min()} to {values.max()}; classes are 0 to {classes - 1}"
        )
    return ids.astype(np.uint8)


def _pairs(table: Path, classes: tuple[str, ...]) -> list[tuple[Path, Path]]:
    try:
        about = json.loads(table.read_text(encoding="utf-8"))
        names = tuple(str(about["labels"][str(i)]) for i in range(len(about["labels"])))
        entries = [(str(entry["image"]), str(entry["label"])) for entry in about["training"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{table}: it cannot be read ({error}); is the download complete?") from error
    if [name.casefold() for name in names] != [name.casefold() for name in classes]:
        raise DataError(f"{table}: its labels are {', '.join(names)}; {', '.join(classes)} are expected")
    return [(inside(table.parent, image), inside(table.parent, label)) for image, label in entries]


def _describe(name: str) -> PublicDataset:
    task = TASKS[name]
    window = f", window {task.window[0]:.0f} to {task.window[1]:.0f} HU (our choice)" if task.window else ""
    archive = f"{task.folder}.tar"
    return PublicDataset(
        name=name,
        title=f"slices of {task.count} volumes of the Medical Segmentation Decathlon: {task.what}{window}",
        task="segmentation",
        homepage="http://medicaldecathlon.com/",
        licence="CC BY-SA 4.0",
        citation="Antonelli M et al. The Medical Segmentation Decathlon. Nature Communications 13:4128, 2022",
        classes=task.classes,
        group="volume",
        convert=convert,
        archives=(Archive(archive, f"https://msd-for-monai.s3-us-west-2.amazonaws.com/{archive}", f"md5:{task.md5}"),),
        expected=Expected(groups=task.count),
        confirmed=("archive and checksum (monai.apps.DecathlonDataset)",),
        unconfirmed=(
            "that volumes are of different people"
            + (
                ": from memory of the paper, all of the task's volumes are of 195 people, left and right hippocampus apart; "
                "which two belong together is not said, so that a person may lie in two groups"
                if name == "decathlon_hippocampus"
                else "; their names are numbers"
            ),
        ),
        spacing="of each volume",
    )


DATASETS = tuple(_describe(name) for name in TASKS)
