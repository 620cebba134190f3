"""List the volumes of a user's folder, by its manifest or by the names of its files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from alseg.data.convert.mask_files import class_of, mask_files, single_masks
from alseg.data.convert.volume import Volume
from alseg.data.formats.junk import is_junk
from alseg.data.formats.kind import is_half, stem
from alseg.data.inside import DataFolder
from alseg.data.manifest import JOIN, Manifest, read_manifest
from alseg.errors import DataError

WRITTEN = ("volume", "slice")
"""Columns that the conversion writes itself."""
MASK_ENDINGS = ("", "_mask", "_seg")
"""Suffixes of a mask's name after that of its image, where there is no manifest."""


def volumes_of(root: Path, join: bool = False, follow_links: bool = False) -> list[Volume]:
    """List the volumes of ``manifest.csv``; without it, those in ``images/`` with masks of the same name in ``masks/``.

    A volume without a mask waits for one; a mask without an image is an error.

    With ``join`` a volume has any number of mask files, its parts: those that its cell of the manifest names, parted by
    ``;`` (or all in a folder that it names); without a manifest, see `mask_files` and `_folder_each`.

    Args:
        root: the user's folder.
        join: whether masks are to be joined.
        follow_links: whether symbolic links may lead out of the folder.

    Raises:
        DataError: if the folder is neither, a file is missing or lies outside of it, or names do not match.
    """
    if root.is_file():
        raise DataError(f"{root}: it is a file; give the folder that holds the volumes, {root.parent}")
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; give the folder that holds the volumes")
    folder = DataFolder(root, folders=True, follow_links=follow_links)
    if (root / "manifest.csv").is_file():
        return _listed(read_manifest(root, folders=True, follow_links=follow_links, several=join))
    if (root / "images").is_dir():
        return _named(folder, join)
    if join and (volumes := _folder_each(folder)):
        return volumes
    raise DataError(
        f"{root}: it holds neither manifest.csv with the columns id,image,mask,group or id,image,label,group, nor a folder "
        f"images beside a folder masks{', nor a folder for each image with folders images and masks' if join else ''}"
    )


def _listed(manifest: Manifest) -> list[Volume]:
    for column in WRITTEN:
        if column in manifest.metadata:
            raise DataError(f"{manifest.path}: column {column!r} is one that the conversion writes; call it otherwise")
    for mask in manifest.masks or ():
        if mask is not None and mask.is_dir() and list(single_masks(mask)) != [mask]:
            raise DataError(f"{mask}: it is a folder and no DICOM series; if it holds the masks of one image, {JOIN}")
    return [
        Volume(
            id=id_,
            image=manifest.images[i],
            mask=manifest.masks[i] if manifest.masks else None,
            parts=_parts(manifest, i),
            label=manifest.labels[i] if manifest.labels else None,
            group=manifest.groups[i],
            split=manifest.split[i] if manifest.split else "",
            spacing=None if manifest.spacing is None else (manifest.spacing[i, 0], manifest.spacing[i, 1]),
            cost=None if manifest.cost is None else manifest.cost[i],
            metadata={str(name): text for name, text in manifest.metadata.iloc[i].items()},
        )
        for i, id_ in enumerate(manifest.ids)
    ]


def _parts(manifest: Manifest, row: int) -> tuple[tuple[Path, str | None], ...]:
    if manifest.parts is None:
        return ()
    files = [file for path in manifest.parts[row] for file in (single_masks(path) if path.is_dir() else [path])]
    if manifest.parts[row] and not files:
        raise DataError(f"{manifest.path}: id {manifest.ids[row]!r} has an empty folder in column 'mask'")
    home, names = manifest.path.parent.resolve(), (manifest.ids[row], stem(manifest.images[row]))
    return tuple((file, class_of(file.relative_to(home), names)) for file in files)


def _folder_each(folder: DataFolder) -> list[Volume]:
    """List the volumes of a layout with a folder ``ID`` for each image: ``ID/images/NAME.png``, ``ID/masks/*.png``."""
    volumes = []
    for own in sorted(path for path in folder.root.iterdir() if (path / "images").is_dir() and not is_junk(path.name)):
        images = [path for path in sorted((own / "images").iterdir()) if not is_junk(path.name)]
        if len(images) != 1:
            raise DataError(f"{own / 'images'}: it holds {len(images)} files; a folder for each image holds one there")
        others = [path for path in sorted(own.iterdir()) if path.is_dir() and path.name != "images"]
        masks = [mask for path in others if not is_junk(path.name) for mask in single_masks(path)]
        if not masks:
            raise DataError(f"{own}: it has no mask beside images; if nothing is there, give it an empty one")
        _check_inside(folder, [*images, *masks])
        names = (own.name, stem(images[0]))
        parts = tuple((mask, class_of(mask.relative_to(own), names)) for mask in masks)
        volumes.append(Volume(own.name, images[0], parts=parts, group=own.name))
    return volumes


def _check_inside(folder: DataFolder, paths: Iterable[Path]) -> None:
    for path in paths:
        folder.file(path.relative_to(folder.root).as_posix())


def _named(folder: DataFolder, join: bool) -> list[Volume]:
    root, images = folder.root, _by_name(folder, "images")
    if not images:
        raise DataError(
            f"{root / 'images'}: it is empty; it holds one file, or one folder with a DICOM series, per volume"
        )
    if join:
        files = mask_files(root, images)
        _check_inside(folder, (mask for masks in files.values() for mask in masks))
        return [
            Volume(
                name,
                image,
                parts=tuple((mask, class_of(mask.relative_to(root), (name,))) for mask in files[name]),
                group=name,
            )
            for name, image in images.items()
        ]
    masks = _by_name(folder, "masks") if (root / "masks").is_dir() else {}
    volumes = []
    for name, image in images.items():
        found = [name + ending for ending in MASK_ENDINGS if name + ending in masks]
        if len(found) > 1:
            both = " and ".join(masks[mask].name for mask in found)
            raise DataError(
                f"{image}: it has {both} in {root / 'masks'}; one must be called {name}, or {name}_mask{_HINT}"
            )
        volumes.append(Volume(name, image, masks.pop(found[0]) if found else None, group=name))
    if masks:
        raise DataError(
            f"{next(iter(masks.values()))}: it is the mask of no file in {root / 'images'}; names must match{_HINT}"
        )
    return volumes


_HINT = " (where an image has several mask files, --join any or --join class makes one of them)"


def _by_name(home: DataFolder, folder: str) -> dict[str, Path]:
    """Map the name of each volume to its file or folder, in the order of the names; files of `is_junk` do not count."""
    paths: dict[str, Path] = {}
    for path in sorted((home.root / folder).iterdir()):
        if is_junk(path.name) or is_half(path):
            continue
        if (name := stem(path)) in paths:
            raise DataError(f"{path}: {paths[name].name} has the same name; two volumes need two names")
        home.file(f"{folder}/{path.name}")
        paths[name] = path
    return paths
