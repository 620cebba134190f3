"""The images to predict: a folder of them, those of a manifest, or what is left of a run's pool."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from alseg.data.images import read_header
from alseg.data.inside import DataFolder
from alseg.data.manifest import read_manifest
from alseg.data.region import Region, read_regions
from alseg.errors import ConfigError, DataError, RunFolderError
from alseg.identity.metadata import FILE, SPLIT, read_metadata
from alseg.oracles.people.file_names import safe_names
from alseg.runs.ledger import Ledger
from alseg.runs.run_config import existing_root
from alseg.runs.run_folder import RunFolder

ABOUT, LOCK = "predictions.json", ".lock"
"""Files by which a folder of predictions is known."""
POOL = "pool"
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".pbm", ".pgm", ".ppm", ".webp", ".jp2")
"""Endings of the formats that a data set may have; see `alseg.data.images.FORMATS`."""


@dataclass(frozen=True)
class ImageFile:
    """An image to predict.

    Args:
        id: its name in the predictions.
        file: where it lies.
        name: for files about it, without an ending; see `safe_names`.
        region: the part that is used; None: all of it.
    """

    id: str
    file: Path
    name: str
    region: Region | None = None


@dataclass(frozen=True)
class ImageFiles:
    """Images to predict.

    Args:
        files: in the order of the predictions.
        passed_over: files in the folder whose names are not those of images.
    """

    files: tuple[ImageFile, ...]
    passed_over: tuple[Path, ...] = ()


def in_folder(folder: Path, region: str | None) -> ImageFiles:
    """All images below a folder, by name; an id is the path below the folder without its ending.

    Raises:
        ConfigError: if the run cuts images to regions, which a folder does not state.
        DataError: if the folder holds no image.
    """
    if region is not None:
        raise ConfigError(
            f"{folder}: the run cuts every image to a region (data.region={region}), which a folder does not state; "
            f"give a folder with a manifest.csv that has the column {region!r}"
        )
    reader = DataFolder(folder)
    names = sorted(
        os.path.relpath(os.path.join(parent, name), folder)  # noqa: PTH118
        for parent, folders, files in os.walk(folder)
        if not _left_out(Path(parent), folders)
        for name in files
        if not name.startswith(".")
    )
    images = [name for name in names if name.lower().endswith(SUFFIXES)]
    if not images:
        raise DataError(f"{folder}: there is no image in it; images end in {', '.join(SUFFIXES)}")
    stems = [os.path.splitext(name)[0] for name in images]  # noqa: PTH122
    count = Counter(stems)
    ids = [stem if count[stem] == 1 and stem not in names else name for stem, name in zip(stems, images)]
    passed_over = tuple(folder / name for name in names if not name.lower().endswith(SUFFIXES))
    return ImageFiles(tuple(ImageFile(id_, reader.file(name), id_) for id_, name in zip(ids, images)), passed_over)


def _left_out(parent: Path, folders: list[str]) -> bool:
    """True for a folder of predictions, whose pictures are none to predict; of others, hidden folders are left out of a walk."""
    made = (parent / ABOUT).is_file() and (parent / LOCK).exists()
    folders[:] = [] if made else sorted(name for name in folders if not name.startswith("."))
    return made


def of_manifest(
    root: Path,
    region: str | None,
    where: Mapping[str, object] | None = None,
    mask: str | None = None,
    *,
    follow_links: bool = False,
) -> ImageFiles:
    """All images of ``root/manifest.csv``, with their regions where the run has some.

    Raises:
        DataError: if the manifest is wrong, or a region is.
    """
    manifest = read_manifest(root, where, mask, follow_links=follow_links)
    regions: Sequence[Region | None] = [None] * len(manifest.ids)
    if region is not None:
        regions = read_regions(manifest, region, [read_header(path).size for path in manifest.images])
    names = safe_names(manifest.ids)
    found = zip(manifest.ids, manifest.images, regions)
    return ImageFiles(tuple(ImageFile(id_, file, names[id_], region) for id_, file, region in found))


def data_set_images(run: RunFolder, config: DictConfig) -> ImageFiles:
    """All images of the run's data set.

    Raises:
        RunFolderError: if it is not there, or has no files.
    """
    root = existing_root(run, config)
    if root is None:
        raise RunFolderError(f"{run.path}: its data set is computed and has no files; name a folder of images instead")
    data: Any = OmegaConf.to_container(config.data, resolve=True)
    rows = {"region": data.get("region"), "where": data.get("where"), "mask": data.get("mask")}
    return of_manifest(root, **rows, follow_links=bool(data.get("follow_links")))


def unlabelled(run: RunFolder, ledger: Ledger) -> list[str]:
    """Ids of the run's pool that are neither labelled nor refused.

    Raises:
        RunFolderError: if the run has not noted its pool, as earlier versions did not.
    """
    try:
        metadata = read_metadata(run.path / FILE)
    except DataError as error:
        raise RunFolderError(
            f"{run.path}: what its pool is, it has not noted ({error}); go on with it first"
        ) from error
    over = {*ledger.labelled, *ledger.refused}
    return [str(id_) for id_ in metadata.index[metadata[SPLIT] == POOL] if str(id_) not in over]


def of_pool(run: RunFolder, config: DictConfig) -> ImageFiles:
    """Images of the run's pool that are neither labelled nor refused, in the order of the manifest.

    Raises:
        RunFolderError: if there is none, the data set is not there or has no files, or the run has not noted its pool.
    """
    rest = set(unlabelled(run, Ledger(run.ledger, writable=False)))
    kept = tuple(image for image in data_set_images(run, config).files if image.id in rest)
    if len(kept) < len(rest):
        gone = min(rest - {image.id for image in kept})
        raise RunFolderError(f"{run.path}: its data set has no image {gone!r}, which is of the run's pool")
    if not kept:
        raise RunFolderError(f"{run.path}: its whole pool is labelled or refused; there is nothing left to predict")
    return ImageFiles(kept)


def images_to_predict(where: str, run: RunFolder, config: DictConfig) -> ImageFiles:
    """The images that a user names.

    Args:
        where: a folder, with or without a manifest, or ``pool``.
        run: the run that predicts.
        config: of the run.

    Raises:
        AlsegError: if there are none.
    """
    if where == POOL:
        return of_pool(run, config)
    folder = Path(where).expanduser()
    if not folder.is_dir():
        raise ConfigError(f"{where}: there is no such folder; name a folder of images, or pool")
    region = config.data.get("region")
    if (folder / "manifest.csv").is_file():
        return of_manifest(folder, region)
    return in_folder(folder, region)
