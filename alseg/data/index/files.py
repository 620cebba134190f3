"""The files of a folder, and which of them are images."""

from __future__ import annotations

import os
from collections import defaultdict
from functools import cached_property
from pathlib import Path, PurePosixPath

import pydicom

from alseg.data.formats.junk import is_junk
from alseg.data.formats.kind import PICTURES, SUFFIXES, is_half, kind_of, stem
from alseg.data.images import read_header
from alseg.data.inside import DataFolder
from alseg.data.table import as_seen, composed
from alseg.errors import DataError

TEXTS = (".json", ".xml", ".csv", ".tsv", ".txt", ".md", ".yaml", ".yml", ".xlsx", ".pdf", ".html", ".zip")
"""Suffixes of what is surely no image: not opened to find out."""


class Files:
    """All files below a folder, in the order of their names; those of `is_junk` do not count.

    Args:
        root: the folder.
        follow_links: symbolic links may lead out of it; else what they lead to is left out, with a line.
    """

    def __init__(self, root: Path, follow_links: bool = False) -> None:
        self.root = root
        self.folder = DataFolder(root, folders=True, follow_links=follow_links)
        self.unplaced: list[str] = []
        self.names: list[str] = []
        for place, folders, files in os.walk(root, followlinks=follow_links):
            folders[:] = sorted(name for name in folders if not is_junk(name))
            for name in sorted(files):
                if not is_junk(name):
                    self._add((Path(place) / name).relative_to(root).as_posix())

    def _add(self, name: str) -> None:
        try:
            path = self.folder.file(name)
        except DataError as error:
            self.unplaced.append(str(error))
            return
        if as_seen(name) != composed(name):
            self.unplaced.append(
                f"{name!r}: blanks at its ends, line breaks or signs without width do not stay in a table; rename it"
            )
        elif not is_half(path):
            self.names.append(name)

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self.root / name

    @cached_property
    def images(self) -> list[str]:
        """Files that are images by their suffix, or DICOM by their first bytes; a series is its folder."""
        named = [name for name in self.names if self._is_image(name)]
        return self._with_series(named)

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Images by the name of their file."""
        found = defaultdict(list)
        for name in self.images:
            found[PurePosixPath(name).name].append(name)
        return dict(found)

    def size(self, image: str) -> tuple[int, int]:
        """Height and width of an image file.

        Raises:
            DataError: if it is none.
        """
        return read_header(self.path(image)).size

    def is_volume(self, image: str) -> bool:
        """True if an image is of a kind that has to be converted first: DICOM or NIfTI."""
        return kind_of(self.path(image)) not in ("picture", "TIFF")

    def _is_image(self, name: str) -> bool:
        low = name.lower()
        if low.endswith((*PICTURES, *SUFFIXES)):
            return True
        return not low.endswith(TEXTS) and kind_of(self.path(name)) == "DICOM file"

    def _with_series(self, names: list[str]) -> list[str]:
        """Replace the files of a folder that are slices of one DICOM series by that folder."""
        members: dict[str, list[str]] = defaultdict(list)
        for name in names:
            if kind_of(self.path(name)) == "DICOM file":
                members[PurePosixPath(name).parent.as_posix()].append(name)
        series = {folder: files for folder, files in members.items() if folder != "." and self._is_series(files)}
        gone = {name for files in series.values() for name in files}
        return sorted([*(name for name in names if name not in gone), *series])

    def _is_series(self, files: list[str]) -> bool:
        known = set()
        for name in files:
            try:
                tags = pydicom.dcmread(
                    self.path(name), stop_before_pixels=True, specific_tags=["SeriesInstanceUID"], force=True
                )
            except Exception:  # pydicom raises whatever the bytes lead it to; the conversion names what is wrong
                return False
            known.add(str(tags.get("SeriesInstanceUID", name)))
        return len(files) > 1 and len(known) == 1


def stem_of(name: str) -> str:
    """Name of an image without folders and suffix."""
    return stem(Path(name))
