"""SynthStrip: brain and no brain, across kinds of scans.

URLs and layout: the publisher's page. It has SHA-256 checksums in a file of its own, which are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from alseg.data.convert.cut import cut
from alseg.data.convert.item import Item
from alseg.data.formats.stack import robust_range
from alseg.data.public.description import Archive, PublicDataset
from alseg.data.public.source import Source, present
from alseg.data.public.volume_pair import read_pair
from alseg.errors import DataError

FILES = "https://surfer.nmr.mgh.harvard.edu/docs/synthstrip/data/"


def convert(source: Source) -> Iterator[Item]:
    """Folders ``DATASET_MODALITY_SUBJECT`` with ``image.nii.gz`` and ``mask.nii.gz``.

    A group is dataset and subject: a person was scanned in several ways. Volumes are cut into sagittal slices, the flat
    ones of the 2-D set into the one that they hold. Values go from the half to the 99.5th percentile of the file.
    """
    found = source.named("image.nii.gz")
    if not found:
        raise DataError(
            f"{source.name}: {source.where} has no files image.nii.gz; is it the publisher's, and complete?"
        )
    for image in found:
        parts = image.parent.name.split("_")
        if len(parts) < 3:
            raise DataError(f"{image.parent}: its name must be DATASET_MODALITY_SUBJECT; is it the publisher's?")
        mask = present(image.with_name("mask.nii.gz"), f"{image} needs its mask")
        scan, brain = read_pair(image, mask, "sagittal")
        volume, dataset = image.parent.name, parts[0]
        for one in cut(volume, scan, (brain > 0).astype(np.uint8) * 255, [robust_range(scan.slices)]):
            labelled = "yes" if one.annotated else "no"
            metadata = {"dataset": dataset, "modality": "_".join(parts[1:-1]), "volume": volume, "labelled": labelled}
            yield one.item(group=f"{dataset}_{parts[-1]}", spacing=scan.spacing, metadata=metadata)


def _describe(name: str, title: str, archive: str, nbytes: int) -> PublicDataset:
    return PublicDataset(
        name=name,
        title=title,
        task="segmentation",
        homepage="https://surfer.nmr.mgh.harvard.edu/docs/synthstrip/",
        licence="of each of its source data sets; see the publisher's page",
        citation="Hoopes A, Mora JS, Dalca AV, Fischl B, Hoffmann M. SynthStrip: skull-stripping for any brain image. NeuroImage "
        "260:119474, 2022",
        classes=("background", "brain"),
        group="subject",
        convert=convert,
        archives=(Archive(archive, FILES + archive, nbytes=nbytes),),
        spacing="of each file",
        unconfirmed=(
            "checksums; that a person is in one of its source data sets alone, and that folders end with the person's name",
        ),
    )


DATASETS = (
    _describe(
        "synthstrip",
        "one sagittal slice of every scan (v1.5, 2-D), with the brain",
        "synthstrip_data_v1.5_2d.tar",
        39_000_000,
    ),
    _describe(
        "synthstrip_volumes",
        "all sagittal slices of every scan (v1.5), with the brain",
        "synthstrip_data_v1.5.tar",
        6_900_000_000,
    ),
)
