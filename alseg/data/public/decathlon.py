"""Medical Segmentation Decathlon: volumes of one task, cut into axial slices.

Classes and numbers of volumes: the tasks' `dataset.json`. Archives and MD5: the copies that MONAI serves, and states
in `monai.apps.DecathlonDataset`. The window is ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.formats.nifti import read_nifti
from alseg.data.formats.stack import robust_range, to_uint8
from alseg.data.manifest import inside
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

# name: folder, modality, classes, MD5, volumes with labels, window
TASKS: dict[str, tuple[str, str, tuple[str, ...], str, int, tuple[float, float] | None]] = {
    "decathlon_hippocampus": (
        "Task04_Hippocampus",
        "MRI of the hippocampus",
        ("background", "Anterior", "Posterior"),
        "9d24dba78a72977dbd1d2e110310f31b",
        260,
        None,
    ),
    "decathlon_spleen": (
        "Task09_Spleen",
        "CT of the spleen",
        ("background", "spleen"),
        "410d4a301da4e5b2f6f86ec3ddba524e",
        41,
        (-160.0, 240.0),
    ),
}


def convert(source: Source) -> Iterator[Item]:
    """Every slice of the volumes that have labels; column ``labelled`` says whether anything but background is in it.

    CT is shown in a window of Hounsfield units (-160 to 240, soft tissue), MRI from the half to the 99.5th percentile of
    the volume.
    """
    folder_name, _, classes, _, _, window = TASKS[source.name]
    folder = source.folder(folder_name)
    for image, mask in _pairs(folder / "dataset.json", classes):
        scan, labels = read_nifti(image), read_nifti(mask)
        if scan.slices.shape != labels.slices.shape:
            raise DataError(f"{mask}: it has {labels.slices.shape} voxels and its image {scan.slices.shape}")
        ids = _whole(labels.slices, mask, len(classes))
        grey = to_uint8(scan.slices, *(window or robust_range(scan.slices)))
        volume = image.name.removesuffix(".gz").removesuffix(".nii")
        for k in range(len(grey)):
            yield Item(
                f"{volume}_{k:03d}",
                lambda pixels=grey[k]: pixels,  # type: ignore[misc]
                mask=lambda pixels=ids[k]: pixels,  # type: ignore[misc]
                group=volume,
                spacing=scan.spacing,
                metadata={"slice": k, "labelled": "yes" if ids[k].any() else "no"},
            )


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
    if names != classes:
        raise DataError(f"{table}: its labels are {', '.join(names)}; {', '.join(classes)} are expected")
    return [(inside(table.parent, image), inside(table.parent, label)) for image, label in entries]


def _describe(name: str) -> PublicDataset:
    folder, what, classes, md5, volumes, window = TASKS[name]
    return PublicDataset(
        name=name,
        title=f"slices of {volumes} volumes of the Medical Segmentation Decathlon: {what}"
        + (f", window {window[0]:.0f} to {window[1]:.0f} HU" if window else ""),
        task="segmentation",
        homepage="http://medicaldecathlon.com/",
        licence="CC BY-SA 4.0",
        citation="Antonelli M et al. The Medical Segmentation Decathlon. Nature Communications 13:4128, 2022",
        classes=classes,
        group="volume",
        convert=convert,
        archives=(
            Archive(f"{folder}.tar", f"https://msd-for-monai.s3-us-west-2.amazonaws.com/{folder}.tar", f"md5:{md5}"),
        ),
        expected=Expected(groups=volumes),
        spacing="of each volume",
    )


DATASETS = tuple(_describe(name) for name in TASKS)
