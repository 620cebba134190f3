"""Assignment of mask files to images, and to classes, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from alseg.data.formats.junk import is_junk
from alseg.data.formats.kind import kind_of, stem
from alseg.errors import DataError

NO_CLASS = re.compile(r"(manual)?(masks?|seg(mentation)?s?|labels?|annotations?)", re.IGNORECASE)
"""Names that mark a file as a mask without naming a class."""


def mask_files(root: Path, images: Mapping[str, Path]) -> dict[str, list[Path]]:
    """Find the mask files below the folders of ``root`` that hold none of the images, by the name of their image.

    A file belongs to the image whose name one of its folders has, or else its own name begins with: ``masks/NAME/7.png``,
    ``masks/NAME_mask_1.png``, ``leftMask/NAME.png``. Of several such images the longest name counts.

    Raises:
        DataError: if a file belongs to no image, or an image has none.
    """
    places = {path.parent for path in images.values()}
    folders = [
        path for path in sorted(root.iterdir()) if path.is_dir() and path not in places and not is_junk(path.name)
    ]
    found: dict[str, list[Path]] = {name: [] for name in images}
    for folder in folders:
        for path in single_masks(folder):
            owner = _owner(path.relative_to(root), images)
            if owner is None:
                raise DataError(
                    f"{path}: it is the mask of no image; its name, or its folder's, must begin with an image's"
                )
            found[owner].append(path)
    for name, masks in found.items():
        if not masks:
            raise DataError(f"{images[name]}: it has no mask in {root}; if nothing is there, give it an empty one")
    return found


def single_masks(folder: Path) -> Iterator[Path]:
    """The files below a folder, sorted; a DICOM series within is one mask, and so is the folder itself if it is one."""
    entries = [path for path in sorted(folder.iterdir()) if not is_junk(path.name)]
    if entries and not any(path.is_dir() for path in entries) and kind_of(entries[0]) == "DICOM file":
        yield folder
        return
    for path in entries:
        if path.is_dir():
            yield from single_masks(path)
        else:
            yield path


def class_of(mask: Path, names: Iterable[str]) -> str | None:
    """``lesion`` for ``lesion.png``, ``NAME_lesion_2.png`` and ``lesion/NAME.png``, or None where the name has no class.

    Args:
        mask: the file, below the user's folder.
        names: names of its image.
    """
    own = stem(mask)
    for name in sorted(names, key=len, reverse=True):
        own = own.removeprefix(name)
    for word in (own, *(folder.name for folder in mask.parents)):
        said = re.sub(r"[_\-. ]+\d+$|^\d+$", "", word).strip("_-. ")
        said = re.sub(r"[_\-. ]+(mask|seg)$|^(mask|seg)[_\-. ]+", "", said)
        if said and not NO_CLASS.fullmatch(said) and said not in names:
            return said
    return None


def classes_of(masks: Sequence[tuple[Path, str | None]], stated: Sequence[str] | None) -> tuple[str, ...]:
    """The classes of all mask files, in the order of their ids from 1: as stated, or sorted by name.

    Raises:
        DataError: if a file's name says no class, or one that is not stated, or a stated class has no file.
    """
    for path, name in masks:
        if name is None or (stated is not None and name not in stated):
            right = f"one of {', '.join(stated)}" if stated else "as lesion.png, NAME_lesion.png or lesion/NAME.png"
            said = "no class" if name is None else f"the class {name!r}"
            raise DataError(f"{path}: its name says {said}; with --join class it must say one, {right}")
    there = {name for _, name in masks if name is not None}
    for name in stated or ():
        if name not in there:
            raise DataError(f"--classes {name}: no mask is called so; there are {', '.join(sorted(there))}")
    return tuple(stated or sorted(there))


def _owner(mask: Path, images: Mapping[str, Path]) -> str | None:
    """Name of the image to which a mask belongs, by its path below the user's folder."""
    for folder in mask.parts[-2:0:-1]:
        if folder in images:
            return folder
    name = stem(mask)
    while name and name not in images:
        name = re.sub(r"[_\-. ]*[^_\-. ]*$", "", name)
    return name or None
