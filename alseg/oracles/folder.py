"""People who answer by files in a folder."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.data.fit import places_of
from alseg.data.mask_values import SETTINGS
from alseg.errors import ConfigError
from alseg.files import csv_text
from alseg.oracles.oracle import Annotations, Oracle
from alseg.oracles.people.answers_folder import Found, look_into
from alseg.oracles.people.collect import Answer, collect
from alseg.oracles.people.mask_file import read_mask_answer
from alseg.oracles.people.originals import Originals
from alseg.oracles.people.request_files import RequestFiles
from alseg.oracles.people.request_tables import read_request_table
from alseg.oracles.request import Request
from alseg.oracles.wrapper import check_share

log = logging.getLogger(__name__)


class Folder(Oracle):
    """Asks people by a folder of images, and takes the masks or the table of labels that they put beside them.

    Each query is a folder ``requests/round-03`` in that of the run, see `RequestFiles`. Answers are read like the masks of a data
    set; what is wrong with one is a line of the log, and the others are kept.

    Args:
        dataset: the images.
        answers: folder of the answers to all queries; None: ``answers`` in the folder of each.
        images: how images come there: ``copy``, or ``link`` for hard links, which need no room; who changes one then changes
            the data set.
        mask_255: meaning of 255 in masks where one leaves it open; see `alseg.data.mask_values.foreground_files`.
        seconds_per_image: cost of an image where people do not say.
        annotator: who answers where they do not say.
        enough: share of a query that must be answered or refused before its round goes on.
        follow_links: symbolic links among the answers may lead out of their folder.

    Raises:
        ValueError: if an argument is not possible.
    """

    def __init__(
        self,
        dataset: Dataset,
        answers: str | Path | None = None,
        images: str = "copy",
        mask_255: str | None = None,
        seconds_per_image: float = 60.0,
        annotator: str = "people",
        enough: float = 1.0,
        follow_links: bool = False,
    ) -> None:
        if images not in ("copy", "link"):
            raise ValueError(f"images={images}: it is copy or link")
        if mask_255 not in (None, *SETTINGS):
            raise ValueError(f"mask_255={mask_255}: it is one of {', '.join(SETTINGS)}, or null")
        if seconds_per_image < 0:
            raise ValueError(f"seconds_per_image={seconds_per_image}: a cost cannot be negative")
        check_share("enough", enough, zero=False)
        self.place = None if answers is None else Path(answers).expanduser()
        if self.place is not None and self.place.exists() and not self.place.is_dir():
            raise ValueError(f"answers={answers}: it is a file; give the folder of the answers")
        self.dataset = dataset
        self.enough = float(enough)
        self.annotator = annotator
        self.seconds_per_image = float(seconds_per_image)
        self.follow_links = follow_links
        self.mask_255 = mask_255
        self.originals = Originals(dataset)
        self.files = RequestFiles(self.originals, link=images == "link")
        self._places = places_of(dataset)
        self._where: dict[int, Path] = {}

    def annotate(self, ids: Sequence[str]) -> Annotations:
        raise ConfigError("oracle Folder: it answers the queries of a run, which tell it where people are asked")

    def ask(self, request: Request) -> Annotations:
        folder = request_folder(request.run, request.round)
        answers = self.place or folder / "answers"
        if not request.ids:  # a round that is about late answers alone
            return self._annotations({}, ())
        self.files.write(folder, request, answers)
        if not answers.exists() and self.place is not None:
            log.warning("oracle.answers=%s: there was no such folder, and an empty one is made", answers)
        answers.mkdir(parents=True, exist_ok=True)
        self._where[request.round] = answers
        found = look_into(answers, request.ids, self.originals.names, self.follow_links)
        self._say_elsewhere(found, answers, request)
        collected = collect(found, request.open, answers, self.dataset.task, self.dataset.classes, self._mask)
        for fault in collected.faults:
            log.warning("%s", fault)
        for id_, reason in collected.refused.items():
            log.info("round %d: id %r is refused: %s", request.round, id_, reason)
        return self._annotations(collected.answers, tuple(collected.refused))

    def where(self, round_: int) -> str:
        return str(self._where.get(round_, ""))

    @classmethod
    def arrived(cls, settings: Mapping[str, Any], run: Path, round_: int, ids: Sequence[str]) -> Sequence[str] | None:
        folder = request_folder(run, round_)
        try:
            cells = read_request_table(folder)
        except (OSError, ValueError):
            return None
        names = cells | {id_: cells[csv_text(id_)] for id_ in ids if csv_text(id_) in cells}
        answers = Path(settings["answers"]).expanduser() if settings.get("answers") else folder / "answers"
        found = look_into(answers, ids, names, bool(settings.get("follow_links")))
        return [id_ for id_ in ids if id_ in found.files or any(row.answers for row in found.rows.get(id_, ()))]

    def _mask(self, id_: str, path: Path) -> NDArray[np.uint8]:
        size, classes = self.dataset.size, self.dataset.classes
        return read_mask_answer(path, self._places[id_], self.originals.size(id_), size, classes, self.mask_255)

    def _annotations(self, answers: Mapping[str, Answer], refused: tuple[str, ...]) -> Annotations:
        segmentation = self.dataset.task == "segmentation"
        shape = (len(answers), *self.dataset.size) if segmentation else (len(answers),)
        targets = np.zeros(shape, dtype=np.uint8 if segmentation else np.int64)
        for i, answer in enumerate(answers.values()):
            targets[i] = answer.target
        seconds = [self.seconds_per_image if one.seconds is None else one.seconds for one in answers.values()]
        who = tuple(one.annotator or self.annotator for one in answers.values())
        several = len(set(who)) > 1
        return Annotations(
            tuple(answers),
            targets,
            np.array(seconds, dtype=np.float64),
            annotator=self.annotator if several or not who else who[0],
            refused=refused,
            annotators=who if several else None,
        )

    def _say_elsewhere(self, found: Found, answers: Path, request: Request) -> None:
        """Say what answers other images: line by line where a folder is for one query, in one line where it is for all."""
        if self.place is None:
            for what, id_ in found.elsewhere.items():
                log.warning("%s: round %d did not ask for this image; %s", what, request.round, _advice(id_, request))
        elif found.elsewhere:
            n = len(found.elsewhere)
            log.info(
                "%s: %s that round %d did not ask for, as %s; they are left alone",
                answers,
                f"{n} answers are to images" if n > 1 else "1 answer is to an image",
                request.round,
                next(iter(found.elsewhere.values())),
            )


def _advice(id_: str, request: Request) -> str:
    for round_ in range(request.round):
        folder = request_folder(request.run, round_)
        try:
            if csv_text(id_) in read_request_table(folder):
                return f"round {round_} did, move the answer to {folder / 'answers'}"
        except (OSError, ValueError):  # a round without people, or whose folder is gone
            continue
    return "remove the answer"


def request_folder(run: Path, round_: int) -> Path:
    """Folder of a query in that of its run."""
    return run / "requests" / f"round-{round_:02d}"
