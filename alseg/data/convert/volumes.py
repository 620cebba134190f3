"""The volumes of a user's folder: by its manifest, or by the names of its files."""

from __future__ import annotations

from pathlib import Path

from alseg.data.convert.volume import Volume
from alseg.data.formats.junk import is_junk
from alseg.data.formats.kind import is_half, stem
from alseg.data.manifest import Manifest, inside, read_manifest
from alseg.errors import DataError

WRITTEN = ("volume", "slice")
"""Columns that the conversion writes itself."""
MASK_ENDINGS = ("", "_mask", "_seg")
"""What a mask may be called beyond the name of its image, where there is no manifest."""


def volumes_of(root: Path) -> list[Volume]:
    """By ``manifest.csv``; without it, those in ``images/`` with masks of the same name in ``masks/``.

    Raises:
        DataError: if the folder is neither, a file is missing or lies outside of it, or names do not match.
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; give the folder that holds the volumes")
    if (root / "manifest.csv").is_file():
        return _listed(read_manifest(root, folders=True))
    if (root / "images").is_dir():
        return _named(root)
    raise DataError(
        f"{root}: it holds neither manifest.csv with the columns id,image,mask,group or id,image,label,group, nor a folder "
        "images beside a folder masks"
    )


def _listed(manifest: Manifest) -> list[Volume]:
    for column in WRITTEN:
        if column in manifest.metadata:
            raise DataError(f"{manifest.path}: column {column!r} is one that the conversion writes; call it otherwise")
    return [
        Volume(
            id=id_,
            image=manifest.images[i],
            mask=manifest.masks[i] if manifest.masks else None,
            label=manifest.labels[i] if manifest.labels else None,
            group=manifest.groups[i],
            split=manifest.split[i] if manifest.split else "",
            spacing=None if manifest.spacing is None else (manifest.spacing[i, 0], manifest.spacing[i, 1]),
            cost=None if manifest.cost is None else manifest.cost[i],
            metadata={str(name): text for name, text in manifest.metadata.iloc[i].items()},
        )
        for i, id_ in enumerate(manifest.ids)
    ]


def _named(root: Path) -> list[Volume]:
    images = _by_name(root, "images")
    if not images:
        raise DataError(
            f"{root / 'images'}: it is empty; it holds one file, or one folder with a DICOM series, per volume"
        )
    if not (root / "masks").is_dir():
        raise DataError(
            f"{root / 'masks'}: no such folder; put a mask of the same name there for every image, or write manifest.csv "
            "with the columns id,image,label,group"
        )
    masks, volumes = _by_name(root, "masks"), []
    for name, image in images.items():
        found = [name + ending for ending in MASK_ENDINGS if name + ending in masks]
        if len(found) != 1:
            wrong = " and ".join(masks[mask].name for mask in found) or "no mask"
            raise DataError(f"{image}: it has {wrong} in {root / 'masks'}; one must be called {name}, or {name}_mask")
        volumes.append(Volume(name, image, masks.pop(found[0]), group=name))
    if masks:
        raise DataError(
            f"{next(iter(masks.values()))}: it is the mask of no file in {root / 'images'}; names must match"
        )
    return volumes


def _by_name(root: Path, folder: str) -> dict[str, Path]:
    """Name of the volume to its file or folder, in the order of the names; what systems leave behind does not count."""
    paths: dict[str, Path] = {}
    for path in sorted((root / folder).iterdir()):
        if is_junk(path.name) or is_half(path):
            continue
        if (name := stem(path)) in paths:
            raise DataError(f"{path}: {paths[name].name} has the same name; two volumes need two names")
        inside(root, f"{folder}/{path.name}", folders=True)
        paths[name] = path
    return paths
