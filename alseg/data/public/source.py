"""Search for the publisher's files, wherever the user or an archive put them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from operator import attrgetter
from pathlib import Path

from alseg.data.formats.junk import is_junk
from alseg.errors import DataError


class Source:
    """Folders to search; files are found by the publisher's names, at any depth, for archives differ in their outer folders.

    The first root that has what is looked for decides: an unpacked archive comes before the folder it lay in.

    Args:
        name: the data set, for errors.
        roots: unpacked archives, and what the user gave.
        given: single files.
        where: what to call all this in errors.
    """

    def __init__(self, name: str, roots: Sequence[Path], given: Sequence[Path], where: str) -> None:
        self.name = name
        self.roots = tuple(roots)
        self.given = tuple(given)
        self.where = where

    def folder(self, name: str) -> Path:
        """The folder whose path ends with ``name``, as ``ManualMask/leftMask``.

        Raises:
            DataError: if there is none, or more than one.
        """
        return self._only("folder", name, self.folders(name))

    def folders(self, name: str) -> list[Path]:
        """All folders of this name, sorted."""
        wanted = Path(name).parts
        for folders, _ in self._walked:
            if found := [path for path in folders if path.parts[-len(wanted) :] == wanted]:
                return found
        return []

    def file(self, name: str) -> Path:
        """The file of this name.

        Raises:
            DataError: if there is none, or more than one.
        """
        return self._only("file", name, self.named(name))

    def named(self, name: str) -> list[Path]:
        """All files of this name."""
        return self.files(lambda path: path.name == name)

    def files(self, wanted: Callable[[Path], bool]) -> list[Path]:
        """The files that are wanted, sorted."""
        if found := [path for path in self.given if wanted(path)]:
            return found
        for _, files in self._walked:
            if found := [path for path in files if wanted(path)]:
                return found
        return []

    def _only(self, kind: str, name: str, found: list[Path]) -> Path:
        if not found:
            raise DataError(f"{self.name}: {self.where} has no {kind} {name}; is it the publisher's, and complete?")
        if len(found) > 1:
            raise DataError(f"{self.name}: the {kind} {name} is there twice, {found[0]} and {found[1]}; give only one")
        return found[0]

    @cached_property
    def _walked(self) -> list[tuple[list[Path], list[Path]]]:
        return [_walk(root) for root in self.roots]


_parts = attrgetter("parts")


def _walk(root: Path) -> tuple[list[Path], list[Path]]:
    folders, files = [], []
    for place, inner, names in os.walk(root):
        inner[:] = [name for name in inner if not is_junk(name)]
        folders.append(Path(place))
        files += [Path(place, name) for name in names if not is_junk(name)]
    # by their parts, as paths are compared, but taken apart once instead of in every comparison
    return sorted(folders, key=_parts), sorted(files, key=_parts)


def pictures(folder: Path, *suffixes: str) -> list[Path]:
    """The files of a folder with one of these suffixes (lower case), sorted by name, without what systems leave behind."""
    names = sorted(os.listdir(folder))  # noqa: PTH208  making a path of each, to sort it, takes five times as long
    return [folder / name for name in names if name.lower().endswith(suffixes) and not is_junk(name)]


def present(path: Path, because: str) -> Path:
    """The path itself, if it is a file.

    Raises:
        DataError: if it is not.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file, and {because}; is the download complete?")
    return path
