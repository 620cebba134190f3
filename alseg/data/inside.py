"""Safe paths: a manifest may name only files in its own folder."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from alseg.data.nearest_name import nearest_name
from alseg.data.table import composed
from alseg.errors import DataError

FOLLOW = (
    "data.follow_links=true (alseg data check, convert and index: --follow-links) follows its links, if you trust them"
)
ABSOLUTE = re.compile(r"~?/|[A-Za-z]:[\\/]|\\\\|\w+://")
"""Start of absolute paths, those of Windows and addresses too."""


class DataFolder:
    """Folder of a data set, in which the files of its manifest are looked up.

    Nothing in a table leads out of the folder: no absolute path, no ``..`` and, unless ``follow_links``, no symbolic link.
    Otherwise somebody else's data set could expose any file of this computer.

    Args:
        root: the data set's folder; itself a link, if you like.
        folders: whether a folder may be named in place of a file: a DICOM series.
        follow_links: symbolic links in the folder may lead out of it; what the table says may still not.
    """

    def __init__(self, root: Path, folders: bool = False, follow_links: bool = False) -> None:
        self.root = root
        self.folders = folders
        self.follow_links = follow_links
        self._home = os.path.realpath(root)
        self._places: dict[str, str | None] = {"": self._home}
        self._spellings: dict[str, dict[str, list[str]]] = {}

    def file(self, name: str) -> Path:
        """Return the file of this name, relative to the folder; ``ä`` may be one sign or two, and ``\\`` stand for ``/``.

        Raises:
            DataError: for an absolute path, one that leads out of the folder, or no such file; the message names a
                file of nearly that name, if there is one.
        """
        if ABSOLUTE.match(name):
            raise DataError(f"{name!r} is an absolute path; write it relative to {self.root}")
        try:
            path = self._found(name)
            if path is None and "\\" in name:
                path = self._found(name.replace("\\", "/"))
            if path is None:
                raise DataError(self._missing(name))
            return self._checked(name, path)
        except (OSError, RuntimeError, ValueError) as error:  # a name too long, a null byte
            raise DataError(f"{name!r} is not a usable path ({error})") from error

    def _found(self, name: str) -> str | None:
        """Find the path of a name, or None. Each folder is resolved once, which keeps long tables fast."""
        normal = os.path.normpath(name)
        if normal.split("/")[0] == "..":
            raise DataError(self._leaving(repr(name)))
        folder, leaf = os.path.split(normal)
        place = self._place(folder)
        return None if place is None else self._entry(place, leaf, name)

    def _place(self, folder: str) -> str | None:
        if folder not in self._places:
            above, last = os.path.split(folder)
            place = self._place(above)
            self._places[folder] = None if place is None else self._entry(place, last, folder)
        return self._places[folder]

    def _entry(self, place: str, leaf: str, name: str) -> str | None:
        """Path of the entry ``leaf``, with its links resolved unless they are to be followed."""
        spelling = leaf if leaf.isascii() else self._spelling(place, leaf, name)
        path = f"{place}/{spelling}"
        try:
            if spelling is None or not stat.S_ISLNK(os.lstat(path).st_mode):
                return None if spelling is None else path
        except (FileNotFoundError, NotADirectoryError):
            return None
        target = os.path.realpath(path)
        if not self.follow_links and not _within(target, self._home):
            raise DataError(f"{self._leaving(repr(name))} ({FOLLOW})")
        if not Path(target).exists():
            raise DataError(f"{name!r} is a link to {target}, which is not there; copy the file itself")
        return path if self.follow_links else target

    def _spelling(self, place: str, leaf: str, name: str) -> str | None:
        """Spelling of a name on the disk, where an ``ä`` may be of one sign or of two (NFC or NFD)."""
        if place not in self._spellings:
            self._spellings[place] = {}
            for entry in Path(place).iterdir() if Path(place).is_dir() else []:
                self._spellings[place].setdefault(composed(entry.name), []).append(entry.name)
        found = self._spellings[place].get(composed(leaf), [])
        if len(found) > 1:
            raise DataError(
                f"{name!r} is in {place} twice, with names that look the same (NFC and NFD); rename one of them"
            )
        return found[0] if found else None

    def _checked(self, name: str, path: str) -> Path:
        mode = os.stat(path).st_mode  # noqa: PTH116  a Path of each file of a long table would take as long again
        if stat.S_ISREG(mode):
            return Path(path)
        if not stat.S_ISDIR(mode):  # a pipe, which would be waited for
            raise DataError(f"{name!r} is no ordinary file; give an image")
        if not self.folders:
            raise DataError(
                f"{name!r} is a folder; if it holds a DICOM series, alseg data convert FROM --to DIR makes slices of it"
            )
        if not self.follow_links:
            for entry in sorted(Path(path).iterdir()):
                if not _within(os.path.realpath(entry), self._home):
                    raise DataError(f"{self._leaving(f'{entry.name!r} in {name!r}')} ({FOLLOW})")
        return Path(path)

    def _leaving(self, what: str) -> str:
        return f"{what} leads out of {self.root}; files of a data set must lie in its folder"

    def _missing(self, name: str) -> str:
        near = nearest_name(Path(self._home), name)
        right = f"there is {near!r}" if near else "give the path relative to that folder"
        return f"{name!r} does not exist in {self.root}; {right}"


def inside(root: Path, relative: str, folders: bool = False, follow_links: bool = False) -> Path:
    """A single file of the data set at ``root``; see `DataFolder.file`."""
    return DataFolder(root, folders, follow_links).file(relative)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
