"""A layout that many publishers share: a folder for each class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from alseg.data.convert.item import Item
from alseg.data.public.source import Source, pictures
from alseg.errors import DataError


def class_folders(
    source: Source,
    folders: Mapping[str, str],
    suffixes: tuple[str, ...],
    group: Callable[[Path], str] = lambda _: "",
    split: str = "",
    within: str = "",
) -> Iterator[Item]:
    """Yield an item for every picture of every class folder; class and name are the id, so that folders may share names.

    Args:
        source: where to look.
        folders: name of the folder to name of the class.
        suffixes: of the pictures, lower case.
        group: from a picture to its group.
        split: of all of them.
        within: name of a folder that holds the class folders.

    Raises:
        DataError: if a folder is missing, or has no pictures.
    """
    parent = source.folder(f"{within}/{next(iter(folders))}" if within else next(iter(folders))).parent
    for folder, label in folders.items():
        place = parent / folder
        found = pictures(place, *suffixes) if place.is_dir() else []
        if not found:
            raise DataError(f"{source.name}: {parent} has no pictures in {folder}; is the download complete?")
        for path in found:
            id_ = path.stem if path.stem.startswith(label) else f"{label}_{path.stem}"
            yield Item(id=id_, image=path, label=label, group=group(path), split=split)
