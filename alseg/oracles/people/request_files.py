"""Folder of a request: what people need to answer a query."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alseg.data.file_size import mask_of_probabilities
from alseg.data.fit import Place, places_of
from alseg.errors import RunFolderError
from alseg.files import csv_text, write_bytes, write_text
from alseg.oracles.people import answers_table, readme
from alseg.oracles.people.originals import Originals
from alseg.oracles.people.request_tables import (
    TABLE,
    empty_answers,
    probability_table,
    read_request_table,
    request_table,
)
from alseg.oracles.request import Request
from alseg.pictures.class_outlines import drawn, save_class_ids
from alseg.pictures.contact_sheet import contact_sheet
from alseg.pictures.numbered import numbered
from alseg.pictures.outlines import picture, picture_size

ON_A_SHEET = 400
"""Most images on the contact sheet."""
AT_ONCE = 16
"""Images whose probabilities are held at once."""


@dataclass(frozen=True)
class RequestFiles:
    """Writer of requests.

    Args:
        originals: the images.
        link: whether image files are hard-linked, where that is possible, instead of copied.
    """

    originals: Originals
    link: bool = False

    def write(self, folder: Path, request: Request, answers: Path) -> None:
        """Write the folder of a request, unless it is there: it appears under its name only when it is complete.

        Args:
            folder: of the request.
            request: the query.
            answers: folder where answers are awaited.

        Raises:
            RunFolderError: if the folder holds another request, or cannot be written.
        """
        if folder.exists():
            _check_same(folder, request)
            return
        try:
            self._write(folder, request, answers)
        except OSError as error:  # no room, or no right to write
            raise RunFolderError(
                f"{folder}: it cannot be written ({error.strerror}); make room, or mend its rights"
            ) from error

    def _write(self, folder: Path, request: Request, answers: Path) -> None:
        part = folder.with_name(f".{folder.name}.part")
        if part.exists():  # of a process that was killed
            shutil.rmtree(part)
        (part / "images").mkdir(parents=True)
        if answers.parent == folder:
            write_text(part / answers.name / answers_table.NAME, empty_answers(request.ids))
        files = {id_: self.originals.save(id_, part / "images", self.link) for id_ in request.ids}
        predicted = self._predictions(part, request)
        self._sheet(part, request, predicted)
        dataset = self.originals.dataset
        write_text(part / TABLE, request_table(dataset, request, files))
        told = readme.place_in_words(answers, folder)
        write_text(part / readme.NAME, readme.text(dataset, request, told, predicted=request.predictions is not None))
        part.rename(folder)

    def _predictions(self, part: Path, request: Request) -> dict[str, NDArray[np.uint8]]:
        """Write what the model says; for segmentation the class ids by id, at the size of the contact sheet's pictures."""
        predicted: dict[str, NDArray[np.uint8]] = {}
        if request.predictions is None:
            return predicted
        dataset, originals = self.originals.dataset, self.originals
        if dataset.task == "classification":
            table = probability_table(request.ids, request.predictions(request.ids), dataset.classes)
            write_text(part / "predictions.csv", table)
            return predicted
        places = places_of(dataset)
        (part / "outlines").mkdir()
        for start in range(0, len(request.ids), AT_ONCE):
            block = request.ids[start : start + AT_ONCE]
            for id_, probabilities in zip(block, request.predictions(block)):
                ids, name = mask_of_probabilities(probabilities, places[id_], originals.size(id_)), originals.names[id_]
                save_class_ids(part / "predictions" / f"{name}.png", ids)
                Image.fromarray(drawn(originals.pixels(id_), ids)).save(part / "outlines" / f"{name}.png")
                predicted[id_] = mask_of_probabilities(probabilities, Place(), picture_size(dataset.size))
        return predicted

    def _sheet(self, part: Path, request: Request, predicted: Mapping[str, NDArray[np.uint8]]) -> None:
        """Write the contact sheet, with the outlines of what the model says."""
        pictures = []
        for id_ in request.ids[:ON_A_SHEET]:
            small = picture(self.originals.dataset.images[self.originals.row[id_]])
            if id_ in predicted:
                small = drawn(small, predicted[id_])
            pictures.append(small)
        numbers = range(1, len(pictures) + 1)
        write_bytes(part / "contact_sheet.jpg", contact_sheet(numbered(np.stack(pictures), numbers), quality=85))


def _check_same(folder: Path, request: Request) -> None:
    try:
        cells = list(read_request_table(folder))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{folder}: its {TABLE} cannot be read ({error}); move the folder away") from error
    if cells != [csv_text(id_) for id_ in request.ids]:
        raise RunFolderError(f"{folder}: it holds another query than that of round {request.round}; move it away")
