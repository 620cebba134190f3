"""Read what people have answered so far: the good answers are taken, and of each other a line says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from alseg.data.dataset import Task
from alseg.errors import AlsegError, DataError
from alseg.oracles.people.answers_folder import Found
from alseg.oracles.people.answers_table import NAME, Row
from alseg.oracles.people.checks import class_id, seconds_of

Mask = Callable[[str, Path], NDArray[Any]]
"""Reads the mask of an id from a file; see `alseg.oracles.people.mask_file.read_mask_answer`."""


@dataclass(frozen=True)
class Answer:
    """Answer of a person to one image.

    Args:
        target: ``(H, W)`` uint8, or a class id.
        seconds: that it took; None where nobody says.
        annotator: who answered; empty where nobody says.
    """

    target: NDArray[Any] | int
    seconds: float | None = None
    annotator: str = ""


@dataclass
class Collected:
    """Answers, refusals with their reasons, and faults as lines."""

    answers: dict[str, Answer] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def collect(
    found: Found, ids: Sequence[str], folder: Path, task: Task, classes: Sequence[str], mask: Mask
) -> Collected:
    """Read the answers to these ids, in their order.

    Args:
        found: contents of the folder.
        ids: that are still open.
        folder: of the answers, for the lines.
        task: of the data set.
        classes: their names, in the order of their ids.
        mask: reads a mask.
    """
    collected = Collected(faults=list(found.faults))
    for id_ in () if found.held else ids:
        try:
            row = _row(id_, found.rows.get(id_, []), folder)
            path = _file(id_, found.files.get(id_, []))
            answer = _answer(id_, path, row, folder, task, classes, mask)
        except AlsegError as error:
            collected.faults.append(str(error))
            continue
        if answer is not None:
            collected.answers[id_] = answer
        elif row is not None and row.refused:
            collected.refused[id_] = row.refused
    return collected


def _row(id_: str, rows: Sequence[Row], folder: Path) -> Row | None:
    if len(rows) > 1:
        lines = " and ".join(str(row.line) for row in rows)
        raise DataError(f"{folder / NAME}: lines {lines} both answer id {id_!r}; keep one of them")
    return rows[0] if rows else None


def _file(id_: str, files: Sequence[Path]) -> Path | None:
    if len(files) > 1:
        others = " and ".join(path.name for path in files[1:])
        raise DataError(f"{files[0]}: {others} answers id {id_!r} too; keep one of them")
    return files[0] if files else None


def _answer(
    id_: str, path: Path | None, row: Row | None, folder: Path, task: Task, classes: Sequence[str], mask: Mask
) -> Answer | None:
    """The answer to one image; None if there is none, or the row refuses it."""
    row = row or Row(0, id_)
    line = f"{folder / NAME}: line {row.line} (id {id_!r})"
    seconds = seconds_of(row.seconds, line, row.decimal_comma)
    if row.refused and (row.label or path):
        other = f"has the label {row.label!r}" if row.label else f"is answered by {path.name if path else ''}"
        raise DataError(f"{line}: it is refused ({row.refused}) and {other}; keep one of the two")
    if task == "segmentation":
        if row.label:
            raise DataError(
                f"{line}: a label is no mask; save the mask as {folder / 'NAME.png'} and leave the label empty"
            )
        return None if path is None else Answer(mask(id_, path), seconds, row.annotator)
    if path is not None:
        raise DataError(f"{path}: a whole image gets a class; write its name into the column label of {folder / NAME}")
    return Answer(class_id(row.label, classes, line), seconds, row.annotator) if row.label else None
