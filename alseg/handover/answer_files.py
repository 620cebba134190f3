"""Masks that people answered with, at the size of the image file: a run itself keeps them at ``data.size``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.file_size import target_of
from alseg.data.fit import Place
from alseg.errors import AlsegError
from alseg.oracles.folder import request_folder
from alseg.oracles.people.answers_folder import Found, look_into
from alseg.oracles.people.mask_file import read_mask_answer


class AnswerFiles:
    """The files that ``oracle=folder`` took its answers from.

    Args:
        run: folder of the run.
        oracle: the config's node of the oracle.
        names: name of a file, without suffix, of every id of the data set.
    """

    def __init__(self, run: Path, oracle: Mapping[str, Any], names: Mapping[str, str]) -> None:
        self.run, self.names = run, names
        self.follow_links = bool(oracle.get("follow_links"))
        self.mask_255 = oracle.get("mask_255")
        place = oracle.get("answers")
        self.place = None if place is None else Path(str(place)).expanduser()
        self._found: dict[Path, Found] = {}

    def of(self, id_: str, round_: int) -> list[Path]:
        """Files that may hold the answer to an image that a round asked for."""
        # oracle.answers may have been another when the answer was taken: of both, what the run was trained with counts.
        folders = (self.place, request_folder(self.run, round_) / "answers")
        return [file for folder in folders if folder is not None for file in self._in(folder).files.get(id_, [])]

    def _in(self, folder: Path) -> Found:
        if folder not in self._found:
            self._found[folder] = look_into(folder, self.names, self.names, self.follow_links)
        return self._found[folder]

    def mask(
        self,
        files: list[Path],
        target: NDArray[np.uint8],
        where: Place,
        file: tuple[int, int],
        classes: tuple[str, ...],
    ) -> NDArray[np.uint8] | None:
        """Class ids of a whole mask file that says what the run was trained with; None if there is no such file.

        Args:
            files: that may hold it.
            target: ``(H, W)`` class ids that the run was trained with.
            where: place of the image's file in the image.
            file: height and width of the image's file.
            classes: their names, in the order of their ids.
        """
        for path in files:
            try:
                at_size = read_mask_answer(path, where, file, target.shape, classes, self.mask_255)
                if not np.array_equal(at_size, target):
                    continue
                whole = read_mask_answer(path, Place(), file, file, classes, self.mask_255)
                # What lies beyond the region can change what 255 means.
                if np.array_equal(target_of(whole, where, target.shape), target):
                    return whole
            except (AlsegError, OSError):
                continue
        return None
