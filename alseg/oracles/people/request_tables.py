"""Tables that people are given with a request."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import Dataset
from alseg.data.formats.kind import stem
from alseg.files import csv_text
from alseg.oracles.people.answers_table import COLUMNS
from alseg.oracles.request import Request

TABLE = "request.csv"


def request_table(dataset: Dataset, request: Request, files: Mapping[str, str]) -> str:
    """``request.csv``: id, file, order from 1, score, reason and group; and volume or region where there are any.

    Args:
        dataset: the images.
        request: the query.
        files: name of each image's file by its id.
    """
    row_of = {id_: row for row, id_ in enumerate(dataset.ids)}
    rows = []
    for i, id_ in enumerate(request.ids):
        row: dict[str, Any] = {"id": id_, "file": f"images/{files[id_]}", "order": i + 1}
        row["score"] = "" if request.scores is None else f"{request.scores[i]:.6g}"
        row["reason"] = request.reasons[i] if request.reasons else ""
        row["group"] = request.groups[i] if request.groups else ""
        if dataset.volume_of is not None:
            row["volume"] = dataset.volume_of[id_]
        if dataset.regions is not None:
            row["used"] = " ".join(map(str, dataset.regions[row_of[id_]]))
        rows.append(row)
    return _csv([list(rows[0]), *(list(row.values()) for row in rows)])


def read_request_table(folder: Path) -> dict[str, str]:
    """Name of the answer's file, without suffix, by the cell of the id, in the order of the request that lies in a folder.

    A cell is `csv_text` of an id.

    Raises:
        OSError: if it is not there.
        ValueError: if it is no such table.
    """
    with (folder / TABLE).open(newline="", encoding="utf-8") as file:
        try:
            rows = list(csv.DictReader(file, strict=True))
            return {row["id"]: stem(Path(row["file"])) for row in rows}
        except (csv.Error, KeyError, AttributeError) as error:
            raise ValueError(f"{folder / TABLE}: it is not as it was written ({error})") from error


def empty_answers(ids: Sequence[str]) -> str:
    """``answers.csv`` to be filled in."""
    return _csv([COLUMNS, *([id_, *[""] * (len(COLUMNS) - 1)] for id_ in ids)])


def probability_table(ids: Sequence[str], probabilities: NDArray[np.float32], classes: Sequence[str]) -> str:
    """Most probable class and probability of each, ``(n, C)``, by id."""
    rows = [[id_, classes[int(of.argmax())], *(f"{value:.4f}" for value in of)] for id_, of in zip(ids, probabilities)]
    return _csv([["id", "predicted", *classes], *rows])


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    with StringIO(newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([csv_text(str(cell)) for cell in row] for row in rows)
        return file.getvalue()
